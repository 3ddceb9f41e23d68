// The app of the soak: the real command in a process of its own, reached as a browser reaches it.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { CallName, Calls, ProjectId, Reply } from '../../shared/contract.ts';

const toploss = fileURLToPath(new URL('../../main/cli/toploss.ts', import.meta.url));

/** Starts a command. */
export function startCommand(args: readonly string[], userData: string): ChildProcess {
  return spawn(process.execPath, [toploss, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, TOPLOSS_USER_DATA: userData },
  });
}

export class RunningApp {
  readonly #child: ChildProcess;
  readonly #authorization: string;
  readonly #origin: string;
  id: ProjectId | null = null;

  private constructor(child: ChildProcess, origin: string, authorization: string) {
    this.#child = child;
    this.#origin = origin;
    this.#authorization = authorization;
  }

  static async start(userData: string): Promise<RunningApp> {
    const child = startCommand(['serve'], userData);
    if (!child.stdout) throw new Error('the app has no output');
    for await (const line of createInterface(child.stdout)) {
      const link = /http:\S+/.exec(line)?.[0];
      if (link === undefined) continue;
      child.stdout.resume();
      const { origin, hash } = new URL(link);
      const entered = await fetch(`${origin}/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: hash.slice(1),
      });
      return new RunningApp(child, origin, `Bearer ${String(await entered.json())}`);
    }
    throw new Error('the app did not start');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @throws where the app does not answer any more: whether it did what was asked for is not known then. */
  async call<K extends CallName>(
    name: K,
    ...args: Parameters<Calls[K]>
  ): Promise<Reply<ReturnType<Calls[K]>>> {
    const response = await fetch(`${this.#origin}/call/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: this.#authorization },
      body: JSON.stringify(args),
    });
    return (await response.json()) as Reply<ReturnType<Calls[K]>>;
  }

  /** What is at a path, as the page gets it. */
  get(path: string): Promise<Response> {
    return fetch(`${this.#origin}${path}`, { headers: { authorization: this.#authorization } });
  }

  /** The processes that it started, trainers first. */
  get children(): number[] {
    try {
      return readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8')
        .split(' ')
        .flatMap((pid) => (pid === '' ? [] : Number(pid)));
    } catch {
      return [];
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.isAlive) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exit;
  }
}
