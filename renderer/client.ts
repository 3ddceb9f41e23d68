// How the page reaches the app: calls, and the stream of events. Everything that goes wrong comes out as a `Failure`.
import type { CallName, Calls, EventMessage, Reply } from '../shared/contract.ts';
import { Failure } from '../shared/failure.ts';

export type Call = <K extends CallName>(
  name: K,
  ...args: Parameters<Calls[K]>
) => Promise<ReturnType<Calls[K]>>;
export type Send = typeof fetch;

const noAccess = 'This page has no access to Toploss. Open the link that is printed in the terminal.';
const noAnswer =
  'Toploss does not answer. Verdicts that were saved are safe; start it again if it was closed, and this page reconnects.';

export function createCall(send: Send = fetch): Call {
  return async <K extends CallName>(
    name: K,
    ...args: Parameters<Calls[K]>
  ): Promise<ReturnType<Calls[K]>> => {
    const response = await reach(send, `/call/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(args),
    });
    const reply: Reply<ReturnType<Calls[K]>> = await response.json().catch(() => {
      throw new Failure(
        'internal',
        `Toploss answered ${name} with something that is not a reply (status ${response.status}).`,
      );
    });
    if (!reply.ok) throw new Failure(reply.error.code, reply.error.message);
    return reply.value;
  };
}

/** What was thrown, as something to show. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('internal', error instanceof Error ? error.message : String(error), { cause: error });
}

export type Connection = 'connecting' | 'connected' | 'lost' | 'forbidden';

interface EventListeners {
  readonly onMessage: (message: EventMessage) => void;
  readonly onConnection: (connection: Connection) => void;
}

/** Reads the events until `signal` aborts. A broken stream is taken up again behind the last number that was seen. */
export async function followEvents(
  { onMessage, onConnection }: EventListeners,
  signal: AbortSignal,
  send: Send = fetch,
): Promise<void> {
  const shortestPause = 250;
  const longestPause = 5000;
  let after = 0;
  let pause = shortestPause;
  while (!signal.aborted) {
    try {
      const response = await reach(send, `/events?after=${after}`, { signal });
      if (!response.ok || !response.body) throw new Failure('internal', noAnswer);
      onConnection('connected');
      pause = shortestPause;
      for await (const line of lines(response.body)) {
        const message: EventMessage = JSON.parse(line);
        after = message.sequence;
        onMessage(message);
      }
      if (!signal.aborted) onConnection('lost');
    } catch (error) {
      if (signal.aborted) return;
      onConnection(asFailure(error).code === 'forbidden' ? 'forbidden' : 'lost');
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(longestPause, pause * 2);
  }
}

async function reach(send: Send, url: string, init: RequestInit): Promise<Response> {
  const response = await send(url, init).catch((cause: unknown) => {
    throw new Failure('internal', noAnswer, { cause });
  });
  if (response.status === 403) throw new Failure('forbidden', (await response.text()) || noAccess);
  return response;
}

async function* lines(body: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const parts = (rest + value).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line !== '');
    }
  } finally {
    reader.releaseLock();
  }
}
