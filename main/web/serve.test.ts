// The real server over raw sockets. What it refuses is in hostile.test.ts: here is what it does for those that it lets in,
// and how it bears clients that are slow, go away or ask for too much.
import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pageHeaders } from '../http/headers.ts';
import { serve, type WebServer } from './serve.ts';
import { createSession } from './session.ts';

const seen: string[] = [];
let eventsAborted = false;
let chunksPulled = 0;

/** Answers a few paths like the app, and remembers every request that reached it. */
async function fetch(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  seen.push(pathname);
  if (pathname === '/') return new Response('the page', { headers: pageHeaders });
  if (pathname === '/call/echo') return new Response(await request.text());
  if (pathname === '/cookies')
    return new Response(`${request.headers.get('cookie')} ${request.headers.get('authorization')}`);
  if (pathname === '/broken') throw new Error('a bug in the app');
  if (pathname === '/events') {
    request.signal.addEventListener('abort', () => (eventsAborted = true));
    return new Response(
      new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('1\n')) }),
    );
  }
  if (pathname === '/endless') {
    const chunk = new Uint8Array(65_536);
    return new Response(
      new ReadableStream({ pull: (stream) => void (chunksPulled++, stream.enqueue(chunk)) }),
    );
  }
  return new Response('not found', { status: 404 });
}

let server: WebServer;
let port: number;
let authorization: string;
const session = createSession();

beforeAll(async () => {
  server = await serve({ fetch }, { session });
  port = Number(new URL(server.url).port);
  authorization = `Authorization: Bearer ${session.redeem(session.token)}`;
});
afterAll(() => server.close());

/** Sends bytes and returns all that comes back until `enough`, the end or the server's silence. */
function send(text: string, enough = (_answer: string) => false): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (enough(answer)) socket.destroy();
    });
    socket.on('error', (error) => (answer ? resolve(answer) : reject(error)));
    socket.on('close', () => resolve(answer));
  });
}

/** A request of the browser that was let in, with lines changed or added. */
function request(line: string, headers: readonly string[] = [], body = ''): Promise<string> {
  const host = headers.some((header) => header.startsWith('Host:')) ? [] : [`Host: 127.0.0.1:${port}`];
  const all = [`${line} HTTP/1.1`, ...host, authorization, 'Connection: close', ...headers];
  return send(`${all.join('\r\n')}\r\n\r\n${body}`);
}

const statusOf = (answer: string): number => Number(answer.slice(9, 12));
const json = 'Content-Type: application/json';

test('listens on the loopback interface alone', { tags: 'loopback-only' }, async () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((network) => network && !network.internal && network.family === 'IPv4');
  if (!outside) return;
  const refused = await new Promise((resolve) => {
    const socket = connect(port, outside.address, () => resolve(false));
    socket.on('error', () => resolve(true));
  });
  expect(refused).toBe(true);
});

test(
  'exchanges the token of the printed link for a secret, once, and shows the page to whoever asks',
  { tags: 'token' },
  async () => {
    const fresh = await serve({ fetch }, { session: createSession() });
    try {
      const { origin, hash, search } = new URL(fresh.url);
      expect(search).toBe('');
      const enter = () =>
        globalThis.fetch(`${origin}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: hash.slice(1),
        });
      const entered = await enter();
      expect(entered.status).toBe(200);
      expect(entered.headers.get('cache-control')).toBe('no-store');
      expect(entered.headers.get('set-cookie')).toBeNull();
      const secret: unknown = await entered.json();
      const again = await enter();
      expect(again.status).toBe(403);
      expect(await again.text()).toContain('start it again for a new link');
      const home = await globalThis.fetch(origin);
      expect(await home.text()).toBe('the page');
      expect(home.headers.get('content-security-policy')).toContain("default-src 'none'");
      const events = (headers: Record<string, string>) => globalThis.fetch(`${origin}/cookies`, { headers });
      expect((await events({})).status).toBe(403);
      expect((await events({ authorization: `Bearer ${String(secret)}` })).status).toBe(200);
    } finally {
      await fresh.close();
    }
  },
);

test('passes a call and its answer on, in pieces or whole', async () => {
  const body = '["ä"]';
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  expect(await request('POST /call/echo', [json, length], body)).toContain(
    Buffer.from(body).toString('latin1'),
  );
  const pieces = '2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n';
  expect(await request('POST /call/echo', [json, 'Transfer-Encoding: chunked'], pieces)).toContain('[1]');
});

test('keeps the secret to itself, and what other ports have set', async () => {
  expect(await request('GET /cookies', ['Cookie: other=1'])).toContain('null null');
});

test('refuses a call that is too long, announced or not', { tags: 'large-calls' }, async () => {
  seen.length = 0;
  expect(statusOf(await request('POST /call/echo', [json, 'Content-Length: 5000000'], '['))).toBe(413);
  const pieces = `${'100000\r\n'}${'x'.repeat(0x100000)}\r\n`.repeat(5);
  expect(statusOf(await request('POST /call/echo', [json, 'Transfer-Encoding: chunked'], pieces))).toBe(413);
  expect(seen).toEqual([]);
});

test('answers 500 without the details where the app has a bug', async () => {
  const report = vi.spyOn(console, 'error').mockReturnValue();
  const answer = await request('GET /broken');
  expect(statusOf(answer)).toBe(500);
  expect(answer).not.toContain('a bug in the app');
  expect(report).toHaveBeenCalledOnce();
  report.mockRestore();
});

test('sends a stream as it comes, and tells the app when the client has gone', async () => {
  const text = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${authorization}\r\n\r\n`;
  expect(await send(text, (answer) => answer.includes('1\n\r\n'))).toContain('200 OK');
  await vi.waitFor(() => expect(eventsAborted).toBe(true));
});

test('holds back a stream that the client does not read', { tags: 'unread-stream' }, async () => {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.write(`GET /endless HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${authorization}\r\n\r\n`);
  await vi.waitFor(() => expect(chunksPulled).toBeGreaterThan(0));
  let before = -1;
  await vi.waitFor(
    () => {
      const now = chunksPulled;
      const still = now === before;
      before = now;
      expect(still).toBe(true);
    },
    { timeout: 10_000, interval: 300 },
  );
  expect(chunksPulled * 65_536).toBeLessThan(32 * 1024 * 1024);
  socket.destroy();
});

test(
  'answers a client that has said all it will, and ends its stream when it has gone',
  { tags: 'idle-clients' },
  async () => {
    eventsAborted = false;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${authorization}\r\n\r\n`);
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toContain('200 OK');
    socket.destroy();
    await vi.waitFor(() => expect(eventsAborted).toBe(true));
  },
);

test('does not mind a client that goes away in the middle of a call', async () => {
  seen.length = 0;
  const report = vi.spyOn(console, 'error').mockReturnValue();
  const socket = connect(port, '127.0.0.1');
  const head = ['POST /call/echo HTTP/1.1', `Host: 127.0.0.1:${port}`, authorization, json];
  socket.write(`${head.join('\r\n')}\r\nContent-Length: 1000\r\n\r\n[`, () => socket.destroy());
  await once(socket, 'close');
  expect(await request('POST /call/echo', [json, 'Content-Length: 2'], '[]')).toContain('200 OK');
  expect(seen).toEqual(['/call/echo']);
  expect(report).not.toHaveBeenCalled();
  report.mockRestore();
});

test('serves others while two hundred clients say nothing', { tags: 'idle-clients' }, async () => {
  const idle = Array.from({ length: 200 }, () => connect(port, '127.0.0.1'));
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  expect(await request('GET /')).toContain('the page');
  for (const socket of idle) socket.destroy();
});

/** Sends the start of a request, and then a bit every now and then, until the server hangs up. */
async function drip(start: string, bit: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(start));
  const timer = setInterval(() => socket.write(bit), 500);
  let answer = '';
  socket.on('data', (data) => (answer += data.toString()));
  socket.on('error', () => {});
  await once(socket, 'close');
  clearInterval(timer);
  return answer;
}

test(
  'hangs up on clients that never come to the end of their headers or of their call',
  { tags: 'slow-clients' },
  async () => {
    const host = `Host: 127.0.0.1:${port}\r\n`;
    const call = `POST /call/echo HTTP/1.1\r\n${host}${authorization}\r\n${json}\r\nContent-Length: 1000\r\n\r\n`;
    seen.length = 0;
    const answers = await Promise.all([drip(`GET / HTTP/1.1\r\n${host}`, 'X: y\r\n'), drip(call, '1')]);
    for (const answer of answers) expect(answer).toContain('408');
    expect(seen).toEqual([]);
  },
);

test('says that a port is taken', async () => {
  await expect(serve({ fetch }, { session, port })).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining(`Port ${port} cannot be used`),
  });
});

test('closes while clients are connected', async () => {
  const other = await serve({ fetch }, { session });
  const socket = connect(Number(new URL(other.url).port), '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\r\n'),
  );
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await other.close();
  await closed;
});
