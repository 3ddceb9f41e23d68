// `toploss serve` as a process: what it prints, how its stream of events is taken up again, and how it ends.
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { CallName, Calls, EventMessage, Reply } from '../../shared/contract.ts';
import { startToploss, type Started } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';

afterEach(() => vi.unstubAllEnvs());

interface Visitor extends Started {
  readonly folder: string;
  readonly dataset: string;
  readonly origin: string;
  readonly token: string;
  readonly secret: string;
  /** All that the process has said so far, on both outputs. */
  readonly said: () => string;
}

/** Starts the server in a folder with a data set, and goes in by the link that it prints. */
async function visit(optionsIn: (folder: string) => readonly string[] = () => []): Promise<Visitor> {
  const folder = temporaryFolder();
  const dataset = join(folder, 'flowers');
  await drawFlowers(dataset, 40);
  vi.stubEnv('TOPLOSS_USER_DATA', join(folder, 'user data'));
  const started = startToploss(['serve', dataset, ...optionsIn(folder)]);
  onTestFinished(() => void started.child.kill('SIGKILL'));
  let said = '';
  for (const output of [started.child.stdout, started.child.stderr])
    output?.on('data', (text: string) => (said += text));
  const link = await vi.waitFor(() => new URL(/http:\S+/.exec(said)?.[0] ?? ''), 30_000);
  const token = link.hash.slice(1);
  const entered = await enter(link.origin, token);
  return {
    ...started,
    folder,
    dataset,
    origin: link.origin,
    token,
    secret: String(await entered.json()),
    said: () => said,
  };
}

function enter(origin: string, token: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${origin}/session`, { method: 'POST', headers, body: token });
}

const bearer = ({ secret }: Visitor) => ({ authorization: `Bearer ${secret}` });

async function call<K extends CallName>(
  visitor: Visitor,
  name: K,
  ...args: Parameters<Calls[K]>
): Promise<ReturnType<Calls[K]>> {
  const response = await fetch(`${visitor.origin}/call/${name}`, {
    method: 'POST',
    headers: { ...bearer(visitor), 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  const reply = (await response.json()) as Reply<ReturnType<Calls[K]>>;
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value;
}

test('the token is printed once, kept nowhere, and another at each start', { tags: 'token' }, async () => {
  const [one, other] = [await visit(), await visit()];
  expect(one.token).not.toBe(other.token);
  expect(one.token).toMatch(/^[\w-]{43}$/);
  await call(one, 'project.open', { dataset: one.dataset });
  expect(await enter(one.origin, one.token)).toMatchObject({ status: 403 });
  expect(await fetch(`${one.origin}/nowhere`, { headers: bearer(one) })).toMatchObject({
    status: 404,
  });

  expect(one.said().split(one.token)).toHaveLength(2);
  expect(one.said()).not.toContain(one.secret);
  const files = readdirSync(one.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(files.length).toBeGreaterThan(120);
  for (const { parentPath, name } of files) {
    const content = readFileSync(join(parentPath, name), 'latin1');
    for (const secret of [one.token, one.secret]) expect(content.includes(secret), name).toBe(false);
  }
});

test('a project in a folder of its own is the one that the page opens, and no other is made', async () => {
  const visitor = await visit((folder) => ['--project', join(folder, 'elsewhere')]);
  const { folder } = await call(visitor, 'project.open', { dataset: visitor.dataset });
  expect(folder).toBe(join(visitor.folder, 'elsewhere'));
  expect(readdirSync(folder)).toContain('labels.db');
  expect(readdirSync(visitor.folder)).not.toContain('flowers.toploss');
});

test(
  'a stream of events that broke off is taken up behind the last number that was seen',
  { tags: 'broken-stream' },
  async () => {
    const visitor = await visit();
    const { id } = await call(visitor, 'project.open', { dataset: visitor.dataset });
    await call(visitor, 'task.cancel', id);
    await vi.waitFor(async () => expect((await call(visitor, 'project.state', id)).task).toBeNull(), 30_000);
    const [{ sequence } = { sequence: -1 }] = await eventsAfter(visitor, null, 1);
    for (const name of ['lily', 'daisy', 'aster']) await call(visitor, 'classes.add', id, name);
    const missed = await eventsAfter(visitor, sequence, 3);
    expect(missed.map((event) => [event.name, event.sequence])).toEqual([
      ['project.changed', sequence + 1],
      ['project.changed', sequence + 2],
      ['project.changed', sequence + 3],
    ]);
  },
);

/** The first events of the stream, which is broken off then. */
async function eventsAfter(visitor: Visitor, after: number | null, count: number): Promise<EventMessage[]> {
  const leaving = new AbortController();
  const response = await fetch(`${visitor.origin}/events${after === null ? '' : `?after=${after}`}`, {
    headers: bearer(visitor),
    signal: leaving.signal,
  });
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    if (text.split('\n').length > count) break;
  }
  leaving.abort();
  return text
    .split('\n')
    .slice(0, count)
    .map((line) => JSON.parse(line) as EventMessage);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it in the middle of a training, with clients that read, wait and say nothing',
  { tags: 'sigterm' },
  async (signal) => {
    const visitor = await visit();
    const { hostname, port } = new URL(visitor.origin);
    const head = `Host: ${hostname}:${port}\r\nAuthorization: Bearer ${visitor.secret}\r\n`;
    const clients = [
      '',
      'GET / HTT',
      `GET /events HTTP/1.1\r\n${head}\r\n`,
      `GET / HTTP/1.1\r\n${head}\r\n`,
    ].map((start) => {
      const socket = connect(Number(port), hostname, () => socket.write(start));
      socket.on('error', () => {});
      // The stream of events is not read.
      if (!start.includes('/events')) socket.resume();
      return socket;
    });
    await Promise.all(clients.map((socket) => once(socket, 'connect')));
    const { id } = await call(visitor, 'project.open', { dataset: visitor.dataset });
    await vi.waitFor(
      async () => expect((await call(visitor, 'project.state', id)).task?.phase).toMatch(/patches|features/),
      { timeout: 30_000, interval: 10 },
    );
    visitor.child.kill(signal);
    expect((await visitor.outcome).status).toBe(0);
    for (const socket of clients) socket.destroy();
  },
);
