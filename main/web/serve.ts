// The browser shell: the app behind an HTTP server on the loopback interface. Only translates between Node's HTTP
// and the web's Request and Response; who may come in is decided in admission.ts, what is answered in the app.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Duplex } from 'node:stream';
import type { App } from '../app.ts';
import { Failure } from '../../shared/failure.ts';
import { pageHeaders } from '../http/headers.ts';
import { admit, type Visit } from './admission.ts';
import type { Session } from './session.ts';

export interface WebServer {
  /** The link with the one-time token, behind the #: a browser sends it to nobody, and the page hands it in. */
  readonly url: string;
  close(): Promise<void>;
}

const address = '127.0.0.1';
const usedLink =
  'This link has been used: it lets in one browser. Go back to that browser, or stop Toploss and start it again for a new link. Your labels are stored.';
const bodyLimit = 4 * 1024 * 1024; // bytes; a decision on 100,000 images is under one
const limits = {
  headersTimeout: 5_000, // milliseconds, like the next three
  requestTimeout: 15_000, // a call of full length over a tunnel of 2 Mbit/s
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
};

/** Serves the app to a browser of this machine. Port 0, or none: any that is free. */
export async function serve(
  app: Pick<App, 'fetch'>,
  { session, port = 0 }: { readonly session: Session; readonly port?: number | undefined },
): Promise<WebServer> {
  const server = createServer(limits, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.destroyed) return; // The client went away in the middle of an answer: no fault.
      console.error(error);
      if (response.headersSent) response.destroy();
      else
        sayText(
          response,
          500,
          'Toploss failed to answer; the reason is in its terminal. Your labels are stored.',
        );
    });
  });
  // Node drops what comes behind the thousandth header, an Origin too. Their size stays limited.
  server.maxHeadersCount = 0;
  server.on('upgrade', refuseSocket);
  server.on('connect', refuseSocket);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(visitOf(request), session);
    if (admission.kind === 'refuse') return sayText(response, admission.status, admission.message);
    const body = request.method === 'POST' ? await readBody(request) : undefined;
    if (body === 'too large') return sayText(response, 413, `A call is at most ${bodyLimit} bytes long.`);
    if (admission.kind === 'enter') return exchange(body, response);

    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const url = `http://${request.headers.host}${request.url}`;
    const init = { method: request.method ?? 'GET', headers: headersOf(request), signal: gone.signal };
    await send(await app.fetch(new Request(url, body ? { ...init, body } : init)), response);
  }

  /** The secret for the token that the page found in its link. */
  function exchange(body: Uint8Array | undefined, response: ServerResponse): void {
    const secret = session.redeem(
      Buffer.from(body ?? [])
        .toString()
        .trim(),
    );
    if (secret === null) return sayText(response, 403, usedLink);
    response
      .writeHead(200, { ...pageHeaders, 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
      .end(JSON.stringify(secret));
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' || error.code === 'EACCES' ? portTaken(port, error) : error);
    });
    server.listen({ host: address, port }, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The server has no port.');
  return {
    url: `http://${address}:${bound.port}/#${session.token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function visitOf(request: IncomingMessage): Visit {
  const once = (name: string): string | null | undefined => {
    const values = request.headersDistinct[name];
    return values === undefined ? undefined : values.length === 1 ? values[0] : null;
  };
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    host: once('host'),
    origin: once('origin'),
    fetchSite: once('sec-fetch-site'),
    contentType: once('content-type'),
    authorization: once('authorization'),
  };
}

/** Our session stays here, and so does what other ports of this machine have set: the app has no use for either. */
function headersOf(request: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (name !== 'cookie' && name !== 'authorization')
      for (const value of values ?? []) headers.append(name, value);
  }
  return headers;
}

async function readBody(request: IncomingMessage): Promise<Uint8Array<ArrayBuffer> | 'too large'> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) return 'too large';
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > bodyLimit) return 'too large';
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

async function send(reply: Response, response: ServerResponse): Promise<void> {
  response.writeHead(reply.status, Object.fromEntries(reply.headers));
  if (reply.body) await pipeline(Readable.fromWeb(reply.body), response);
  else response.end();
}

function sayText(response: ServerResponse, status: number, message: string): void {
  // What is left of a request's body is not waited for.
  response.writeHead(status, {
    ...pageHeaders,
    ...(status === 405 && { Allow: 'GET, POST' }),
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    Connection: 'close',
  });
  response.end(`${message}\n`);
}

/** Toploss speaks plain HTTP only: no WebSocket, no tunnel. */
function refuseSocket(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => {});
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

function portTaken(port: number, cause: Error): Failure {
  return new Failure(
    'busy',
    `Port ${port} cannot be used: another program has it, or it is reserved. Choose another one.`,
    {
      cause,
    },
  );
}
