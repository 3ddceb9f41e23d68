// The whole app behind one web-standard handler: fetch(Request) → Response. Both shells serve it; neither adds to it.
//   POST /call/<name>             JSON array of arguments in, Reply out
//   GET  /events?after=N          newline-delimited JSON, numbered, resumable
//   GET  /thumb/<project>/<id>    pictures, by opaque id, never by path
//   GET  /image/<project>/<id>
//   GET  /batch/<project>/<n>     what a network sees
//   GET  /preview/<project>/<n>   of a recent project
//   GET  anything else            the built page
import { join } from 'node:path';
import type { EventMessage, Reply } from '../shared/contract.ts';
import type { ProjectId } from '../shared/domain.ts';
import { Failure, type FailureCode } from '../shared/failure.ts';
import { routes } from '../shared/routes.ts';
import { createCalls, type Calling } from './api/index.ts';
import { Workspace, type WorkspaceOptions } from './service/workspace.ts';
import { readAddress, type PictureKind } from './images/addresses.ts';
import { imageHeaders, pageHeaders } from './http/headers.ts';
import { loadPage } from './http/page.ts';

export interface App {
  fetch(request: Request): Promise<Response>;
  /** Reads the data set that was named at the start, while the page loads. */
  begin(): void;
  /** Stops what is running and lets go of every project. Labels are stored already. */
  close(): Promise<void>;
}

const jsonType = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };

export async function createApp(options: WorkspaceOptions): Promise<App> {
  const workspace = new Workspace(options);
  const calls = createCalls(workspace);
  const page = await loadPage(pageFolder());
  return {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const [, first = '', ...rest] = pathname.split('/');
      const route = routes.find((name) => name === first);
      switch (route) {
        case 'call':
          return request.method === 'POST' ? answerCall(request, calls, rest.join('/')) : notAllowed('POST');
        case 'events':
          return request.method === 'GET'
            ? streamEvents(request, workspace, searchParams)
            : notAllowed('GET');
        case 'thumb':
        case 'image':
        case 'batch':
        case 'preview':
          return request.method === 'GET' ? showPicture(workspace, route, rest.join('/')) : notAllowed('GET');
        case undefined:
          return request.method === 'GET' || request.method === 'HEAD' ? page(pathname) : notAllowed('GET');
      }
    },
    begin: () => void workspace.readNamed(),
    close: () => workspace.close(),
  };
}

async function answerCall(
  request: Request,
  calls: ReadonlyMap<string, Calling>,
  name: string,
): Promise<Response> {
  const calling = calls.get(name);
  if (!calling) return reply(404, failure('not-found', `There is no call ${name}.`));
  let args: unknown;
  try {
    args = await request.json();
  } catch {
    return reply(400, failure('bad-request', `The arguments of ${name} are not JSON.`));
  }
  try {
    // Undefined has no place in JSON: a call without a result answers null.
    return reply(200, { ok: true, value: (await calling(args)) ?? null });
  } catch (error) {
    if (error instanceof Failure) {
      return reply(error.code === 'bad-request' ? 400 : 200, failure(error.code, error.message));
    }
    console.error(error);
    const detail = error instanceof Error ? error.message : String(error);
    return reply(
      500,
      failure('internal', `${name} failed unexpectedly (${detail}). Your labels are stored.`),
    );
  }
}

const failure = (code: FailureCode, message: string): Reply<never> => ({
  ok: false,
  error: { code, message },
});

function reply(status: number, body: Reply<unknown>): Response {
  return new Response(JSON.stringify(body), { status, headers: { ...pageHeaders, ...jsonType } });
}

/** A slow reader is not waited for: past this many lines in the pipe it is told to read all state anew. */
const linesInPipe = 64;

function streamEvents(request: Request, { events }: Workspace, query: URLSearchParams): Response {
  const after = query.get('after');
  const encoder = new TextEncoder();
  const ended = new AbortController();
  const line = (message: EventMessage) => encoder.encode(`${JSON.stringify(message)}\n`);
  let lagging = false;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const unsubscribe = events.subscribe(after === null ? null : Number(after), (message) => {
          lagging ||= (controller.desiredSize ?? 0) <= 0;
          if (!lagging) controller.enqueue(line(message));
        });
        AbortSignal.any([ended.signal, request.signal]).addEventListener('abort', unsubscribe, {
          once: true,
        });
      },
      // Called when there is room again.
      pull(controller) {
        if (lagging) controller.enqueue(line({ sequence: events.sequence, name: 'reset' }));
        lagging = false;
      },
      cancel: () => ended.abort(),
    },
    { highWaterMark: linesInPipe },
  );
  return new Response(body, {
    headers: { ...pageHeaders, 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-store' },
  });
}

async function showPicture(workspace: Workspace, kind: PictureKind, place: string): Promise<Response> {
  try {
    const { project, number } = readAddress(place);
    const { bytes, contentType } = await pictureOf(workspace, kind, project, number);
    return new Response(bytes, {
      headers: {
        ...imageHeaders,
        'Content-Type': contentType,
        // The address of an image has the version of its content in it; those of previews and batches stay as the project goes on.
        'Cache-Control':
          kind === 'thumb' || kind === 'image' ? 'private, max-age=31536000, immutable' : 'no-store',
      },
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return new Response(error.message, {
      status: 404,
      headers: { ...imageHeaders, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    });
  }
}

async function pictureOf(workspace: Workspace, kind: PictureKind, project: ProjectId, number: number) {
  if (kind === 'preview') return workspace.preview(project, number);
  if (kind === 'batch') return workspace.batch(project, number);
  return workspace.picture(kind, project, number);
}

function notAllowed(allow: string): Response {
  return new Response('Method not allowed.', { status: 405, headers: { ...pageHeaders, Allow: allow } });
}

/** The page lies in dist/renderer/; this file in main/, or built in dist/main/. */
function pageFolder(): string {
  const built = import.meta.filename.endsWith('.js');
  return join(import.meta.dirname, built ? '../renderer' : '../dist/renderer');
}
