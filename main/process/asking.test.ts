import { MessageChannel } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { answerOver, Asker, type Answering } from './asking.ts';
import { lineOver } from './line.ts';

function connected(answer: (question: string, answering: Answering) => Promise<unknown>) {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  answerOver(lineOver(port2), answer);
  const nonsense: unknown[] = [];
  const asker = new Asker(lineOver(port1), (message) => nonsense.push(message));
  return { asker, nonsense, say: (message: unknown) => lineOver(port2).send(message) };
}

const read = String;

test('answers come to their questions in any order, after what is told of them', async () => {
  const slow = Promise.withResolvers<void>();
  const { asker } = connected(async (question, { tell }) => {
    tell(`about ${question}`);
    if (question === 'first') await slow.promise;
    return question.toUpperCase();
  });
  const told: unknown[] = [];
  const first = asker.ask('first', { read, hear: (about) => told.push(about) });
  await expect(asker.ask('second', { read })).resolves.toBe('SECOND');
  slow.resolve();
  await expect(first).resolves.toBe('FIRST');
  expect(told).toEqual(['about first']);
});

test('an answer that is refused fails its question, and one that nobody asked for is passed over', async () => {
  const { asker, nonsense, say } = connected((question) => Promise.resolve(question));
  for (const message of [{ id: 99, answer: 'late' }, null, 'alive', { id: 'x', answer: 1 }, { id: 1 }])
    say(message);
  const refused = asker.ask('7', {
    read: () => {
      throw new Error('refused');
    },
  });
  await expect(refused).rejects.toThrow('refused');
  await expect(asker.ask('8', { read })).resolves.toBe('8');
  expect(nonsense).toEqual([null, 'alive', { id: 'x', answer: 1 }, { id: 1 }]);
});

test('the other end hears of a cancellation, by the signal or because what it told was not taken', async () => {
  const heard: string[] = [];
  const { asker } = connected(async (question, { signal, tell }) => {
    tell('something');
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    heard.push(question);
    return 'given up';
  });
  const controller = new AbortController();
  const asked = asker.ask('by signal', { read, signal: controller.signal, hear: () => controller.abort() });
  await expect(asked).resolves.toBe('given up');
  const refusing = asker.ask('by refusal', {
    read,
    hear: () => {
      throw new Error('the disk is full');
    },
  });
  await expect(refusing).rejects.toThrow('the disk is full');
  await expect.poll(() => heard).toEqual(['by signal', 'by refusal']);
});

test('what is open when the other end ends fails with the reason, and so does what is asked then', async () => {
  const { asker } = connected(() => new Promise(() => {}));
  const open = asker.ask('open', { read });
  asker.end('killed by SIGSEGV');
  await expect(open).rejects.toMatchObject({ reason: 'killed by SIGSEGV' });
  await expect(asker.ask('later', { read })).rejects.toMatchObject({ reason: 'killed by SIGSEGV' });
});
