// Raw sockets against the real server: what a browser would never send must be refused too.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pageHeaders } from '../headers.ts';
import { serve, type WebServer } from './serve.ts';

const seen: string[] = [];
let eventsAborted = false;
let chunksPulled = 0;

/** Answers a few paths like the app, and remembers every request that reached it. */
async function fetch(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  seen.push(pathname);
  if (pathname === '/') return new Response('the page', { headers: pageHeaders });
  if (pathname === '/call/echo') return new Response(await request.text());
  if (pathname === '/cookies') return new Response(String(request.headers.get('cookie')));
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
let cookie: string;

beforeAll(async () => {
  server = await serve({ fetch });
  port = Number(new URL(server.url).port);
  const link = new URL(server.url);
  const entered = await send(
    `GET ${link.pathname}${link.search} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  );
  cookie = /Set-Cookie: (toploss-\w+=[\w-]+);/.exec(entered)?.[1] ?? '';
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
  const all = [`${line} HTTP/1.1`, ...host, `Cookie: ${cookie}`, 'Connection: close', ...headers];
  return send(`${all.join('\r\n')}\r\n\r\n${body}`);
}

const statusOf = (answer: string): number => Number(answer.slice(9, 12));
const json = 'Content-Type: application/json';

test('listens on the loopback interface alone', async () => {
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

test('exchanges the printed link for a cookie and leaves no token in the address', async () => {
  const fresh = await serve({ fetch });
  try {
    const entered = await globalThis.fetch(fresh.url, { redirect: 'manual' });
    expect(entered.status).toBe(303);
    expect(entered.headers.get('location')).toBe('/');
    expect(entered.headers.get('cache-control')).toBe('no-store');
    const set = entered.headers.get('set-cookie');
    expect(set).toMatch(/HttpOnly; SameSite=Strict/);
    const again = await globalThis.fetch(fresh.url, { redirect: 'manual' });
    expect(again.status).toBe(403);
    expect(await again.text()).toContain('start it again for a new link');
    const home = await globalThis.fetch(new URL('/', fresh.url), {
      headers: { cookie: set?.split(';')[0] ?? '' },
    });
    expect(await home.text()).toBe('the page');
    expect(home.headers.get('content-security-policy')).toContain("default-src 'none'");
  } finally {
    await fresh.close();
  }
});

test.each<[string, string[], number]>([
  ['GET /', ['Host: evil.test'], 403],
  ['GET /', ['Host: 127.0.0.1.evil.test'], 403],
  ['GET /', ['Host: localhost', 'Host: evil.test'], 403],
  ['GET /', ['Origin: http://evil.test'], 403],
  ['GET /', ['Origin: null'], 403],
  ['GET /', ['Origin: http://127.0.0.1:1', 'Origin: http://evil.test'], 403],
  ['GET /', ['Sec-Fetch-Site: cross-site'], 403],
  ['GET /thumb/1', ['Sec-Fetch-Site: same-site'], 403],
  ['POST /call/echo', [json, 'Origin: http://evil.test', 'Content-Length: 0'], 403],
  ['POST /call/echo', ['Content-Type: text/plain', 'Content-Length: 0'], 415],
  ['POST /call/echo', ['Content-Type: multipart/form-data; boundary=x', 'Content-Length: 0'], 415],
  ['OPTIONS /call/echo', ['Access-Control-Request-Method: POST'], 405],
  ['TRACE /', [], 405],
  ['HEAD /', [], 405],
  ['PUT /call/echo', [json, 'Content-Length: 0'], 405],
  ['DELETE /image/1', [], 405],
  ['GET http://evil.test/', [], 400],
  ['GET http://127.0.0.1/', [], 400],
  ['GET *', [], 400],
])('answers %s with %j by %i, and the app hears nothing of it', async (line, headers, status) => {
  seen.length = 0;
  const answer = await request(line, headers);
  expect(statusOf(answer)).toBe(status);
  expect(answer.toLowerCase()).not.toContain('access-control-');
  expect(answer).toContain("default-src 'none'");
  expect(answer).not.toContain(cookie);
  expect(seen).toEqual([]);
});

test.each(['/', '/events', '/thumb/1', '/image/1', '/call/app.info', '/assets/index.js'])(
  'gives %s to nobody without the cookie',
  async (path) => {
    seen.length = 0;
    const answer = await send(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    expect(statusOf(answer)).toBe(403);
    expect(seen).toEqual([]);
  },
);

test.each([
  '/../../etc/passwd',
  '/thumb/../../../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/thumb/..%2f..%2fetc%2fpasswd',
  '/thumb/%252e%252e/etc/passwd',
  '/thumb/..\\..\\etc\\passwd',
  '/thumb/1%00.jpg',
  '//etc/passwd',
  '//evil.test/x',
  '/C:/Windows/win.ini',
  '/\\\\server\\share\\x',
  '/thumb/%',
])('hands the path %s to the app without leading dots, and passes on that it is not there', async (path) => {
  seen.length = 0;
  expect(statusOf(await request(`GET ${path}`))).toBe(404);
  expect(seen.join().split('/')).not.toContain('..');
});

test('refuses WebSocket upgrades and tunnels, with the cookie and without', async () => {
  const upgrade = [
    'Upgrade: websocket',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ];
  const lines = ['GET /events HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: Upgrade', ...upgrade];
  const withCookie = [...lines, `Cookie: ${cookie}`, `Origin: http://127.0.0.1:${port}`];
  expect(statusOf(await send(`${lines.join('\r\n')}\r\n\r\n`))).toBe(403);
  expect(statusOf(await send(`${withCookie.join('\r\n')}\r\n\r\n`))).toBe(403);
  expect(statusOf(await send('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n'))).toBe(403);
});

test('refuses a request without a Host', async () => {
  expect(statusOf(await send(`GET / HTTP/1.0\r\nCookie: ${cookie}\r\n\r\n`))).toBe(403);
  expect(statusOf(await send(`GET / HTTP/1.1\r\nCookie: ${cookie}\r\n\r\n`))).toBe(400);
});

test('passes a call and its answer on, in pieces or whole', async () => {
  const body = '["ä"]';
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  expect(await request('POST /call/echo', [json, length], body)).toContain(
    Buffer.from(body).toString('latin1'),
  );
  const pieces = '2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n';
  expect(await request('POST /call/echo', [json, 'Transfer-Encoding: chunked'], pieces)).toContain('[1]');
});

test('keeps the cookie to itself', async () => {
  expect(await request('GET /cookies')).toContain('null');
});

test('refuses a call that is too long, announced or not', async () => {
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
  const text = `GET /events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`;
  expect(await send(text, (answer) => answer.includes('1\n\r\n'))).toContain('200 OK');
  await vi.waitFor(() => expect(eventsAborted).toBe(true));
});

test('holds back a stream that the client does not read', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.pause();
  socket.write(`GET /endless HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\n\r\n`);
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

test('hangs up on a client that never finishes its headers', { timeout: 20_000 }, async () => {
  const closed = new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n'));
    const drip = setInterval(() => socket.write('X: y\r\n'), 500);
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearInterval(drip);
      resolve(answer);
    });
  });
  expect(await closed).toContain('408');
});

test('says that a port is taken', async () => {
  await expect(serve({ fetch }, { port })).rejects.toMatchObject({
    code: 'busy',
    message: expect.stringContaining(`Port ${port} cannot be used`),
  });
});

test('closes while clients are connected', async () => {
  const other = await serve({ fetch });
  const socket = connect(Number(new URL(other.url).port), '127.0.0.1', () =>
    socket.write('GET / HTTP/1.1\r\n'),
  );
  await new Promise((resolve) => socket.once('connect', resolve));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => {});
  await other.close();
  await closed;
});
