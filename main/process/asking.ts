// Questions over a line and their answers, numbered, so that many can be open at once. Messages of another kind on the
// same line are passed over.
import type { Line } from './line.ts';

export interface Asking<Answer> {
  /** Checks what arrives. @throws what the question is to fail with. */
  readonly read: (answer: unknown) => Answer;
  /** Hears what comes before the answer. Where it throws, the question is cancelled, and fails with that. */
  readonly hear?: (told: unknown) => void;
  /** Cancels the question: whether there still is an answer is up to the other end. */
  readonly signal?: AbortSignal;
}

/** The other end of the line has ended, with the reason as part of a sentence. */
export class Ended extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(`The other end of the line has ended (${reason}).`);
    this.reason = reason;
  }
}

interface Open {
  readonly promise: Promise<unknown>;
  readonly answer: (answer: unknown) => void;
  readonly hear: (told: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** @throws Ended from all that is open, and all that is asked later, once the other end has ended. */
export class Asker {
  readonly #line: Line;
  readonly #open = new Map<number, Open>();
  #nextId = 1;
  #ended: Ended | null = null;

  /** `onNonsense` gets what is no reply to anything. */
  constructor(
    line: Line & { onExit?(listener: (reason: string) => void): void },
    onNonsense: (message: unknown) => void = () => {},
  ) {
    this.#line = line;
    line.onMessage((message) => {
      if (isReply(message)) this.#receive(message);
      else onNonsense(message);
    });
    line.onExit?.((reason) => this.end(reason));
  }

  get hasEnded(): boolean {
    return this.#ended !== null;
  }

  async ask<Answer>(question: unknown, { read, hear, signal }: Asking<Answer>): Promise<Answer> {
    if (this.#ended) throw this.#ended;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const cancel = () => this.#line.send({ id, cancel: true } satisfies Asked);
    this.#open.set(id, {
      promise,
      answer: (answer) => resolve(read(answer)),
      hear: (told) => hear?.(told),
      fail: reject,
    });
    signal?.addEventListener('abort', cancel, { once: true });
    this.#line.send({ id, question } satisfies Asked);
    try {
      return await promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** From now on nothing is heard. */
  end(reason: string): void {
    this.#ended ??= new Ended(reason);
    for (const { fail } of this.#open.values()) fail(this.#ended);
    this.#open.clear();
  }

  /** Resolves when all that is open now has been answered. */
  async answered(): Promise<void> {
    await Promise.allSettled([...this.#open.values()].map(({ promise }) => promise));
  }

  /** What comes too late is passed over. */
  #receive(reply: Reply): void {
    const { id } = reply;
    const open = this.#open.get(id);
    if (!open) return;
    try {
      if ('told' in reply) {
        open.hear(reply.told);
        return;
      }
      this.#open.delete(id);
      open.answer(reply.answer);
    } catch (error) {
      if (this.#open.delete(id)) this.#line.send({ id, cancel: true } satisfies Asked);
      open.fail(error);
    }
  }
}

type Asked =
  { readonly id: number; readonly question: unknown } | { readonly id: number; readonly cancel: true };
type Reply =
  { readonly id: number; readonly told: unknown } | { readonly id: number; readonly answer: unknown };

function isReply(message: unknown): message is Reply {
  return (
    typeof message === 'object' &&
    message !== null &&
    'id' in message &&
    typeof message.id === 'number' &&
    ('told' in message || 'answer' in message)
  );
}

function isAsked(message: unknown): message is Asked {
  return typeof message === 'object' && message !== null && 'id' in message;
}

export interface Answering {
  readonly signal: AbortSignal;
  /** Says something before the answer. */
  readonly tell: (told: unknown) => void;
}

/**
 * Answers what is asked at the other end, which is believed. Where `answer` rejects, its process ends: failures that are
 * to be told are answers.
 */
export function answerOver<Question>(
  line: Line,
  answer: (question: Question, answering: Answering) => Promise<unknown>,
): void {
  const open = new Map<number, AbortController>();
  line.onMessage((message) => {
    if (!isAsked(message)) return;
    const { id } = message;
    if ('cancel' in message) {
      open.get(id)?.abort();
      return;
    }
    const controller = new AbortController();
    open.set(id, controller);
    const tell = (told: unknown) => line.send({ id, told } satisfies Reply);
    void answer(message.question as Question, { signal: controller.signal, tell })
      .then((given) => line.send({ id, answer: given } satisfies Reply))
      .finally(() => open.delete(id));
  });
}
