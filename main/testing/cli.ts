// The command line as a person uses it: each command in a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Outcome {
  /** The exit status; null where a signal ended the process. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
}

/** Starts a command. @param as the one who runs the tests, or a user who may do nothing: then root must run them. */
export function startToploss(args: readonly string[], as: 'self' | 'nobody' = 'self'): Started {
  const script = as === 'self' ? '../cli/toploss.ts' : '../cli/fixtures/nobody.ts';
  const child = spawn(process.execPath, [fileURLToPath(new URL(script, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const outcome = once(child, 'close').then(([status]: (number | null)[]) => ({
    status: status ?? null,
    stdout,
    stderr,
  }));
  return { child, outcome };
}

/** Runs a command to its end. */
export function toploss(...args: string[]): Promise<Outcome> {
  return startToploss(args).outcome;
}

/** What a command prints where it must succeed. */
export async function printedBy(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await toploss(...args);
  if (status !== 0) throw new Error(`toploss ${args.join(' ')} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Objects that were printed as JSON, one a line. */
export function objectsIn<T>(text: string): T[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
