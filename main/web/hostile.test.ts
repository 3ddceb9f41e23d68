// The whole app behind its browser shell against a table of hostile requests, over raw sockets. After each of them the
// labels, the log and every file are as before, and the answer has no byte of an image, a path or a secret.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { CallName, Calls } from '../../shared/contract.ts';
import { createApp, type App } from '../app.ts';
import { spawnChild } from '../process/fork.ts';
import { everyImage as all } from '../../shared/query.ts';
import { drawFlowers, put } from '../testing/images.ts';
import { hostile } from './fixtures/hostile/index.ts';
import { verdict, type Aim } from './fixtures/hostile/request.ts';
import { serve, type WebServer } from './serve.ts';
import { createSession } from './session.ts';

const secret = 'the neighbour keeps this to himself';
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'toploss-')));
const dataset = join(folder, 'flowers');
/** The addresses of the requests that got through to the app. */
const heard: string[] = [];
let app: App;
let server: WebServer;
let aim: Aim;
const session = createSession();
/** What must be the same after each request. */
let state: string;

async function call<K extends CallName>(name: K, ...args: Parameters<Calls[K]>) {
  const request = new Request(`http://app/call/${name}`, { method: 'POST', body: JSON.stringify(args) });
  const reply = (await (await app.fetch(request)).json()) as { value: ReturnType<Calls[K]> };
  return reply.value;
}

beforeAll(async () => {
  await drawFlowers(dataset, 3);
  put(folder, 'flowers-evil/secret.txt', secret);
  app = await createApp({
    shell: 'browser',
    spawn: spawnChild,
    dataset: null,
    userData: join(folder, 'user data'),
    pictureKey: session.pictureKey,
  });
  const { id: project } = await call('project.open', { dataset });
  await vi.waitFor(async () => expect((await call('project.state', project)).task).toBeNull(), 30_000);
  const { ids } = await call('queue.order', project, all);
  const [image = ids[0], kept] = ids;
  if (image === undefined || kept === undefined) throw new Error('There are no images.');
  await call('labels.decide', project, [{ images: [kept], decision: { verdict: 'keep' } }]);
  await vi.waitFor(async () => expect((await call('project.state', project)).stale).toBe(false), 30_000);
  const [card] = await call('queue.cards', project, [image]);

  const hearing = {
    fetch(request: Request) {
      heard.push(request.url);
      return app.fetch(request);
    },
  };
  server = await serve(hearing, { session });
  aim = {
    host: new URL(server.url).host,
    token: session.token,
    secret: session.redeem(session.token) ?? '',
    pictureKey: session.pictureKey,
    thumb: card?.thumb.replace(/&key=.*/, '') ?? '',
    project,
    image,
  };
  state = await readState();
});

afterAll(async () => {
  await server.close();
  await app.close();
  rmSync(folder, { recursive: true });
});

/**
 * The project's state, its log of labels, the recent projects, and every file below the folder but the database's own:
 * what it holds is told by the log, and it is folded when nothing happens.
 */
async function readState(): Promise<string> {
  const told = await Promise.all([
    call('project.state', aim.project),
    call('history.read', aim.project, null),
    call('projects.recent'),
  ]);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('labels.db'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => [file, createHash('sha256').update(readFileSync(file)).digest('hex')]);
  return JSON.stringify([told, files], null, 1);
}

/** Sends bytes, and returns all that comes back until the server hangs up. */
function send(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'));
    socket.on('data', (data) => (answer += data.toString('latin1')));
    // A server that has refused reads no further: what was still under way comes back as a reset.
    socket.on('error', (error) => (answer ? resolve(answer) : reject(error)));
    socket.on('close', () => resolve(answer));
  });
}

const statusesOf = (answer: string): number[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));

test('the table has the requests that it is said to have', { tags: 'hostile-requests' }, () => {
  expect(hostile.length).toBeGreaterThan(150);
  expect(new Set(hostile.map(({ what }) => what)).size).toBe(hostile.length);
});

test.each(hostile.map((request) => [request.what, request] as const))('%s', async (_what, request) => {
  heard.length = 0;
  const answer = await send(request.bytes(aim));
  expect(statusesOf(answer)).toEqual(request.statuses);

  expect(answer).not.toMatch(/^(Access-Control-|Set-Cookie:|Content-Type: (text\/html|image))/im);
  expect(answer).not.toMatch(/^Location:/im);
  for (const part of [
    '\x89PNG',
    'WEBP',
    'JFIF',
    aim.token,
    aim.secret,
    // Whoever was let in is told the addresses of pictures.
    ...(request.statuses.includes(200) ? [] : [aim.pictureKey]),
    folder,
    secret,
    'root:',
    '"scripts"',
    '.ts:',
  ])
    expect(answer).not.toContain(part);
  // What Node's own parser refuses has no body; all else comes under the policy of the page or of images.
  for (const one of answer.split(/(?=HTTP\/1\.1 \d)/)) {
    const [head = '', body = ''] = one.split('\r\n\r\n');
    if (body.length > 0 && body !== '0') expect(head).toContain("default-src 'none'");
  }

  const refused = request.statuses.every((status) => [400, 403, 413, 415, 431].includes(status));
  if (refused && !heard[0]?.includes('/call/')) expect(heard).toEqual([]);
  const before = state;
  state = await readState();
  expect(state).toBe(before);
});

test(
  'the same requests without what is hostile in them are answered, and change the state',
  { tags: ['hostile-requests', 'open-redirect'] },
  async () => {
    const head = `Host: ${aim.host}\r\nAuthorization: Bearer ${aim.secret}\r\nOrigin: http://${aim.host}\r\nConnection: close`;
    const picture = await send(`GET ${aim.thumb} HTTP/1.1\r\n${head}\r\n\r\n`);
    expect(picture).toMatch(/^HTTP\/1\.1 200 /);
    expect(picture).toContain('WEBP');
    const body = verdict(aim);
    const type = `Content-Type: application/json\r\nContent-Length: ${body.length}`;
    const decided = await send(`POST /call/labels.decide HTTP/1.1\r\n${head}\r\n${type}\r\n\r\n${body}`);
    expect(decided).toMatch(/^HTTP\/1\.1 200 /);
    expect(await readState()).not.toBe(state);
  },
);
