// The events that pages listen to: numbered, and kept for a while, so that a page that lost its connection resumes
// where it was. Where that is too long ago it is told to read all state anew.
import type { EventMessage, Events } from '../../shared/contract.ts';

type NewEvent = {
  [K in keyof Events]: { readonly name: K; readonly payload: Events[K] };
}[keyof Events];
export type Listener = (message: EventMessage) => void;

const kept = 256;

export class EventLog {
  readonly #listeners = new Set<Listener>();
  readonly #recent: EventMessage[] = [];
  #sequence = 0;

  /** The number of the last event. */
  get sequence(): number {
    return this.#sequence;
  }

  emit(event: NewEvent): void {
    const message: EventMessage = { sequence: ++this.#sequence, ...event };
    this.#recent.push(message);
    if (this.#recent.length > kept) this.#recent.shift();
    for (const listener of this.#listeners) listener(message);
  }

  /**
   * @param after the last number that the listener has seen; null: it has just read all state.
   * @returns ends the subscription.
   */
  subscribe(after: number | null, listener: Listener): () => void {
    const oldest = this.#recent[0]?.sequence ?? this.#sequence + 1;
    // Without an event to send, the first line still tells where the numbers stand.
    if (after === null || !(after >= oldest - 1 && after <= this.#sequence)) {
      listener({ sequence: this.#sequence, name: 'reset' });
    } else {
      for (const message of this.#recent) if (message.sequence > after) listener(message);
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
