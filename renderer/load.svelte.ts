// One thing that is fetched, and its four looks. While it is fetched again the last value stays in view.
import type { Failure } from '../shared/failure.ts';
import { asFailure } from './client.ts';

export type Loadable<T> =
  | { readonly is: 'loading' }
  | { readonly is: 'empty' }
  | { readonly is: 'failed'; readonly failure: Failure }
  | { readonly is: 'ready'; readonly value: T };

export class Load<T> {
  view: Loadable<T> = $state.raw({ is: 'loading' });
  #turn = 0;
  readonly #isEmpty: (value: T) => boolean;

  constructor(isEmpty: (value: T) => boolean = () => false) {
    this.#isEmpty = isEmpty;
  }

  /** Only the outcome of the latest run is shown, whatever order they end in. */
  async run(work: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn;
    const view = await this.#outcome(work);
    if (turn === this.#turn) this.view = view;
  }

  async #outcome(work: () => Promise<T>): Promise<Loadable<T>> {
    try {
      const value = await work();
      return this.#isEmpty(value) ? { is: 'empty' } : { is: 'ready', value };
    } catch (error) {
      return { is: 'failed', failure: asFailure(error) };
    }
  }
}
