// The list that is on the screen: which images it selects, and in what order. It knows ids only, no cards.
import type { ImageId, QueueOrder, QueueQuery } from '../../shared/contract.ts';
import { worstFirst } from '../../shared/query.ts';
import { Load } from '../load.svelte.ts';
import { countMovedUp, mergeOrder } from './order.ts';

interface Listing {
  readonly ids: readonly ImageId[];
  /** Images that the newest ranking would put among those above the fold. */
  readonly movedUp: number;
}

const nothing: Listing = { ids: [], movedUp: 0 };

type FetchOrder = (query: QueueQuery) => Promise<QueueOrder>;

export class Queue {
  query: QueueQuery = $state.raw(worstFirst);
  readonly load = new Load<Listing>(({ ids }) => ids.length === 0);
  readonly #listing: Listing = $derived(this.load.view.is === 'ready' ? this.load.view.value : nothing);
  readonly #fetch: FetchOrder;
  #taking: Promise<void> = Promise.resolve();

  constructor(fetch: FetchOrder) {
    this.#fetch = fetch;
  }

  get ids(): readonly ImageId[] {
    return this.#listing.ids;
  }

  get movedUp(): number {
    return this.#listing.movedUp;
  }

  /** Takes the order anew: what was decided leaves the list. */
  take(query: QueueQuery = this.query): Promise<void> {
    // A copy, so that an answer to an earlier asking can be told by identity.
    const taken = { ...query };
    this.query = taken;
    this.#taking = this.load.run(async () => ({ ids: (await this.#fetch(taken)).ids, movedUp: 0 }));
    return this.#taking;
  }

  /** Takes over a new ranking, below the first `frozen()` places only, once what follows them there is prepared. */
  async follow({
    frozen,
    prepare,
  }: {
    readonly frozen: () => number;
    readonly prepare: (ids: readonly ImageId[]) => Promise<void>;
  }): Promise<void> {
    await this.#taking;
    const { query } = this;
    const fresh = await this.#fetch(query);
    const foreseen = frozen();
    await prepare(mergeOrder(this.ids, foreseen, fresh.ids).slice(foreseen));
    if (query !== this.query) return;
    const kept = frozen();
    const movedUp = countMovedUp(this.ids, kept, fresh.ids);
    await this.load.run(async () => ({ ids: mergeOrder(this.ids, kept, fresh.ids), movedUp }));
  }
}
