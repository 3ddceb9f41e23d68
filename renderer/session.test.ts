// The state that the window shows is the newest, in whatever order answers and events come.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { EventMessage, ProjectId, ProjectState } from '../shared/contract.ts';
import type { Call } from './client.ts';
import { Session } from './session.svelte.ts';

const stateAt = (revision: number): ProjectState =>
  ({ id: 'pets', dataset: '/data/pets', revision, task: null, classes: [] }) as unknown as ProjectState;
const changed = (revision: number): EventMessage => ({
  sequence: revision,
  name: 'project.changed',
  payload: {
    id: 'pets' as ProjectId,
    from: revision - 1,
    revision,
    parts: {},
    classes: [],
    images: [],
    andMore: false,
  },
});
const reset: EventMessage = { sequence: 0, name: 'reset' };

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});
afterEach(() => vi.unstubAllGlobals());

/** A session whose app says what the test says, when it says it. */
function start() {
  const encoder = new TextEncoder();
  const asked: { readonly name: string; readonly answer: (state: unknown) => void }[] = [];
  const events = new TransformStream<Uint8Array, Uint8Array>();
  const writer = events.writable.getWriter();
  vi.stubGlobal('fetch', async () => new Response(events.readable));
  const call = ((name: string) => new Promise<unknown>((answer) => asked.push({ name, answer }))) as Call;
  const session = new Session(call);
  void session.follow(new AbortController().signal);
  return {
    session,
    /** Done when the session has heard it. */
    async say(message: EventMessage) {
      await vi.waitFor(() => expect(session.connection).toBe('connected'));
      await writer.write(encoder.encode(`${JSON.stringify(message)}\n`));
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    },
    /** Answers the oldest call that waits for it. */
    async answer(name: string, state: ProjectState) {
      await vi.waitFor(() => expect(asked[0]?.name).toBe(name));
      asked.shift()?.answer(state);
    },
    shows: (revision: number) =>
      vi.waitFor(() => expect(session.place).toMatchObject({ project: { state: { revision } } })),
  };
}

test('an event that comes before the answer of the call that opens its project is not lost', async () => {
  const { session, say, answer, shows } = start();
  const opening = session.open({ dataset: '/data/pets' });
  await say(changed(2));
  await answer('project.open', stateAt(1));
  await opening;
  await shows(2);
});

test('where events were passed over while a project was opened, its state is read anew', async () => {
  const { session, say, answer, shows } = start();
  const opening = session.open({ dataset: '/data/pets' });
  await say(reset);
  await answer('project.open', stateAt(1));
  await opening;
  await answer('project.state', stateAt(3));
  await shows(3);
});

test('a state that is read anew does not take the place of a newer one that was told meanwhile', async () => {
  const { session, say, answer, shows } = start();
  const opening = session.open({ dataset: '/data/pets' });
  await answer('project.open', stateAt(1));
  await opening;
  await say(reset);
  await say(changed(5));
  await answer('project.state', stateAt(4));
  await shows(5);
});

test('after a restart of the app its states count, though their numbers are lower', async () => {
  const { session, say, answer, shows } = start();
  const opening = session.open({ dataset: '/data/pets' });
  await answer('project.open', stateAt(9));
  await opening;
  await say(reset);
  await answer('project.state', stateAt(2));
  await shows(2);
  await say(changed(3));
  await shows(3);
});
