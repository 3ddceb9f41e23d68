// The app as its page sees it: by requests alone. Its trainer and image processes are real ones.
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type {
  CallName,
  Calls,
  Decision,
  ImageId,
  ProjectChange,
  ProjectId,
  ProjectState,
  Reply,
} from '../../shared/contract.ts';
import { createApp } from '../app.ts';
import type { WorkspaceOptions } from '../service/workspace.ts';
import type { Child } from '../process/child.ts';
import { spawnChild } from '../process/fork.ts';
import { writeTinyBackbone } from './backbone.ts';
import { temporaryFolder } from './folder.ts';

type ChangingCall = { [K in CallName]: ReturnType<Calls[K]> extends ProjectChange ? K : never }[CallName];

export type TestApp = Awaited<ReturnType<typeof startApp>>;

/** An app that lives as long as the test, or until it is closed. */
export async function startApp(
  userData = join(temporaryFolder(), 'user data'),
  options: Partial<Pick<WorkspaceOptions, 'trashItem' | 'dataset'>> = {},
) {
  const children: { readonly module: string; readonly child: Child }[] = [];
  const app = await createApp({
    shell: 'browser',
    dataset: null,
    userData,
    ...options,
    spawn(module) {
      const child = spawnChild(module);
      children.push({ module: module.pathname, child });
      return child;
    },
  });
  onTestFinished(() => app.close());

  const get = (path: string, init?: RequestInit) => app.fetch(new Request(`http://app${path}`, init));

  async function reply<K extends CallName>(name: K, ...args: Parameters<Calls[K]>) {
    const response = await get(`/call/${name}`, { method: 'POST', body: JSON.stringify(args) });
    return (await response.json()) as Reply<ReturnType<Calls[K]>>;
  }

  async function call<K extends CallName>(name: K, ...args: Parameters<Calls[K]>) {
    const answer = await reply(name, ...args);
    if (!answer.ok) throw new Error(`${name}: ${answer.error.code}: ${answer.error.message}`);
    return answer.value;
  }

  /** Does what answers with a change, and reads the state after it. */
  async function act<K extends ChangingCall>(name: K, ...args: Parameters<Calls[K]>): Promise<ProjectState> {
    const { id } = await call(name, ...args);
    return call('project.state', id);
  }

  /** One decision about some images. */
  const decide = (project: ProjectId, images: readonly ImageId[], decision: Decision) =>
    act('labels.decide', project, [{ images, decision }]);

  /** The state once it is as asked for. */
  function until(
    { id }: Pick<ProjectState, 'id'>,
    isThere: (state: ProjectState) => boolean,
    timeout = 30_000,
  ): Promise<ProjectState> {
    return vi.waitFor(
      async () => {
        const state = await call('project.state', id);
        if (!isThere(state)) throw new Error(`the state is ${JSON.stringify(state)}`);
        return state;
      },
      { timeout, interval: 10 },
    );
  }

  return {
    begin: () => app.begin(),
    close: () => app.close(),
    get,
    reply,
    call,
    act,
    decide,
    until,
    /** Opens a data set and waits until nothing runs any more. */
    async open(dataset: string): Promise<ProjectState> {
      return until(await call('project.open', { dataset }), ({ task }) => task === null);
    },
    /** The newest process of a kind, `trainer` or `images`. */
    process(kind: 'trainer' | 'images'): number {
      const pid = children.findLast(({ module }) => module.includes(`/${kind}/`))?.child.pid;
      if (pid === undefined) throw new Error(`no ${kind} process was started`);
      return pid;
    },
  };
}

/** Opens a data set, and ranks it by a backbone that takes no time instead of by patches. */
export async function trainTiny(app: TestApp, root: string): Promise<ProjectState> {
  const opening = await app.call('project.open', { dataset: root });
  await app.call('task.cancel', opening.id);
  await app.until(opening, ({ task }) => task === null);
  await app.act('runs.train', opening.id, writeTinyBackbone(join(root, '..')).path);
  const state = await app.until(opening, ({ task }) => task === null);
  expect(state.failure).toBeNull();
  return state;
}
