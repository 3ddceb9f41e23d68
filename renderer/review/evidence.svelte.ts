// The nearest images to compare the one in focus with, and which of them stands beside it. Answers are kept, and one
// that comes for an image that has lost the focus meanwhile is not shown.
import type { Card, ClassId, Evidence, Neighbour } from '../../shared/contract.ts';
import { type Loadable } from '../load.svelte.ts';
import { asFailure } from '../client.ts';

type Fetch = (card: Card, suggested: ClassId | null) => Promise<Evidence>;

const answersKept = 200;
const loading = { is: 'loading' } as const;

/** The class that the evidence speaks for: the best one that the image is not labelled with. */
export function suggestedClass({ label, suggestions }: Card): ClassId | null {
  return suggestions.find((suggestion) => !label.includes(suggestion.class))?.class ?? null;
}

export class EvidenceBeside {
  view: Loadable<Evidence> = $state.raw(loading);
  /** The neighbour in the comparison; null: none is open. */
  compared: Neighbour | null = $state.raw(null);
  readonly neighbours: readonly Neighbour[] = $derived.by(() =>
    this.view.is === 'ready' ? [...this.view.value.suggested, ...this.view.value.given] : [],
  );
  readonly #fetch: Fetch;
  readonly #answers = new Map<string, Evidence>();
  #shown = '';

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** What is known of this image, at once; `load` asks for the rest. */
  show(card: Card): void {
    const key = keyOf(card);
    if (key === this.#shown) return;
    this.#shown = key;
    this.compared = null;
    const known = this.#answers.get(key);
    this.view = known ? { is: 'ready', value: known } : loading;
  }

  async load(card: Card): Promise<void> {
    const key = keyOf(card);
    if (this.#answers.has(key)) return;
    try {
      const value = await this.#fetch(card, suggestedClass(card));
      this.#keep(key, value);
      if (key === this.#shown) this.view = { is: 'ready', value };
    } catch (error) {
      if (key === this.#shown) this.view = { is: 'failed', failure: asFailure(error) };
    }
  }

  /** Labels have changed: kept answers may be about labels that were. What is in view stays until the focus moves. */
  forget(): void {
    this.#answers.clear();
  }

  toggle(): void {
    this.compared = this.compared ? null : (this.neighbours[0] ?? null);
  }

  step(by: number): void {
    const { length } = this.neighbours;
    const place = this.neighbours.findIndex(({ card }) => card.id === this.compared?.card.id);
    this.compared = this.neighbours[(place + by + length) % length] ?? null;
  }

  #keep(key: string, value: Evidence): void {
    this.#answers.set(key, value);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > answersKept && oldest !== undefined) this.#answers.delete(oldest);
  }
}

const keyOf = (card: Card): string => `${card.id} ${card.label.join('+')} ${suggestedClass(card)}`;
