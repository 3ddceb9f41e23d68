import { expect, test, vi } from 'vitest';
import type { EventMessage } from '../shared/contract.ts';
import { Failure } from '../shared/failure.ts';
import { type Connection, createCall, followEvents } from './client.ts';

const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status });

test('sends the arguments as a JSON array and hands out the value', async () => {
  const send = vi.fn(async (_url: string | URL | Request, _init?: RequestInit) =>
    json({ ok: true, value: [] }),
  );
  const call = createCall(send);
  expect(await call('projects.forget', '/data/pets')).toEqual([]);
  expect(send).toHaveBeenCalledWith(
    '/call/projects.forget',
    expect.objectContaining({ method: 'POST', body: '["/data/pets"]' }),
  );
});

test('rebuilds a failure with its code and sentence, whatever the status', async () => {
  const call = createCall(async () =>
    json({ ok: false, error: { code: 'disk-full', message: 'The disk is full.' } }, 400),
  );
  const error = await call('app.info').catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Failure);
  expect(error).toMatchObject({ code: 'disk-full', message: 'The disk is full.' });
});

test.each(['', 'Open the link in the terminal.'])(
  'says where the right link is, as the server does: “%s”',
  async (text) => {
    const call = createCall(async () => new Response(text, { status: 403 }));
    await expect(call('app.info')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('terminal'),
    });
  },
);

test('says that labels are safe when there is no answer', async () => {
  const call = createCall(async () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(call('app.info')).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('safe'),
  });
});

test('says so when the answer is no reply', async () => {
  const call = createCall(async () => new Response('<html>', { status: 502 }));
  await expect(call('app.info')).rejects.toMatchObject({ message: expect.stringContaining('502') });
});

function streamOf(...chunks: readonly string[]): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
        controller.close();
      },
    }),
  );
}

test('reads events that are cut anywhere, and takes a broken stream up behind the last number', async () => {
  const following = new AbortController();
  const asked: string[] = [];
  const seen: number[] = [];
  const connections: Connection[] = [];
  const answers = [
    streamOf('{"sequence":4,"na', 'me":"reset"}\n{"sequence":5,"name":"reset"}', '\n{"sequence":6'),
    streamOf('{"sequence":6,"name":"reset"}\n'),
  ];
  const send = async (url: string | URL | Request): Promise<Response> => {
    asked.push(String(url));
    return answers.shift() ?? Promise.reject(new TypeError('Failed to fetch'));
  };
  const onMessage = ({ sequence }: EventMessage): void => {
    seen.push(sequence);
    if (sequence === 6) following.abort();
  };
  await followEvents({ onMessage, onConnection: (state) => connections.push(state) }, following.signal, send);
  expect(asked).toEqual(['/events?after=0', '/events?after=5']);
  expect(seen).toEqual([4, 5, 6]);
  expect(connections).toEqual(['connected', 'lost', 'connected']);
});

test('tells a lost connection from one that is not allowed', async () => {
  const following = new AbortController();
  const connections: Connection[] = [];
  const answers = [
    Promise.reject(new TypeError('Failed to fetch')),
    Promise.resolve(new Response('', { status: 403 })),
  ];
  const onConnection = (state: Connection): void => {
    connections.push(state);
    if (connections.length === 2) following.abort();
  };
  const send = (): Promise<Response> => answers.shift() ?? Promise.reject(new Error('asked once more'));
  await followEvents({ onMessage: () => {}, onConnection }, following.signal, send);
  expect(connections).toEqual(['lost', 'forbidden']);
});
