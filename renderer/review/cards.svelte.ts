// The cards that have been fetched, with the decisions that are still on their way laid over them.
// It fetches what it is asked to show, one request at a time, and takes the cards that come with an order; which images
// are listed, and where, it does not know.
import { SvelteMap } from 'svelte/reactivity';
import type { Card, Decision, ImageId, ProjectChange, QueueOrder } from '../../shared/contract.ts';
import type { Failure } from '../../shared/failure.ts';
import { standAfter } from '../../shared/label.ts';
import { asFailure } from '../client.ts';

/** A decision that was made and not yet answered. */
export interface Claim {
  readonly images: ReadonlySet<ImageId>;
  readonly decision: Decision;
}

type Fetch = (images: ImageId[]) => Promise<Card[]>;

/** More than a usual window shows: those that are in view don't wait for those that are not. */
const cardsPerRequest = 100;
const cardsKept = 20_000;

export class Cards {
  failure = $state.raw<Failure | null>(null);
  readonly #fetch: Fetch;
  readonly #known = new SvelteMap<ImageId, Card>();
  /** In the order in which they were made. */
  #claims: readonly Claim[] = $state.raw([]);
  /** When the newest answer about an image was asked for, also where it is no longer there. */
  readonly #askedAt = new Map<ImageId, number>();
  readonly #touched = new Map<ImageId, number>();
  #invalidated = 0;
  #clock = 0;
  #wanted: readonly ImageId[] = [];
  #loading = false;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  /** The card as the user should see it; undefined while it is not there. */
  get(id: ImageId): Card | undefined {
    const card = this.#known.get(id);
    if (!card) return undefined;
    return this.#claims
      .filter(({ images }) => images.has(id))
      .reduce<Card>((changed, { decision }) => ({ ...changed, ...standAfter(changed, decision) }), card);
  }

  /** Makes sure that these cards come; what an earlier call wanted and is not yet there is let go. */
  want(images: readonly ImageId[]): void {
    this.#wanted = images;
    if (!this.#loading) void this.#load();
  }

  /** Takes over the cards that come with an order. */
  async withOrder(fetch: () => Promise<QueueOrder>): Promise<QueueOrder> {
    const asked = ++this.#clock;
    const order = await fetch();
    this.#store(
      order.first.map(({ id }) => id),
      order.first,
      asked,
    );
    return order;
  }

  /** Has these cards come that are not known at all, beside what is wanted. */
  async prepare(images: readonly ImageId[]): Promise<void> {
    const unknown = images.filter((id) => !this.#known.has(id));
    if (unknown.length === 0) return;
    const asked = ++this.#clock;
    this.#store(unknown, await this.#fetch(unknown), asked);
  }

  /** All cards may have changed: they are fetched again when they are wanted, and shown as they were until then. */
  outdate(): void {
    this.#invalidated = ++this.#clock;
  }

  /** Also fetches again what is wanted now. */
  invalidate(): void {
    this.outdate();
    this.want(this.#wanted);
  }

  /** Shows the decision at once. It stays laid over the cards until it is settled or dropped. */
  claim(images: readonly ImageId[], decision: Decision): Claim {
    const claim = { images: new Set(images), decision };
    this.#claims = [...this.#claims, claim];
    return claim;
  }

  /** The app has stored the decision. */
  settle(claim: Claim): void {
    this.drop(claim);
    for (const id of claim.images) {
      const card = this.#known.get(id);
      if (card) this.#known.set(id, { ...card, ...standAfter(card, claim.decision) });
    }
  }

  /** Takes over how images stand after a change; nothing of them is fetched again. */
  follow({ images, andMore }: Pick<ProjectChange, 'images' | 'andMore'>): void {
    const now = ++this.#clock;
    for (const standing of images) {
      const card = this.#known.get(standing.id);
      if (card) this.#known.set(card.id, { ...card, ...standing });
      this.#touched.set(standing.id, now);
    }
    if (andMore) this.invalidate();
  }

  /** The app has refused the decision. */
  drop(claim: Claim): void {
    const now = ++this.#clock;
    this.#claims = this.#claims.filter((other) => other !== claim);
    for (const id of claim.images) this.#touched.set(id, now);
  }

  async #load(): Promise<void> {
    this.#loading = true;
    try {
      for (let missing = this.#missing(); missing.length > 0; missing = this.#missing()) {
        const asked = ++this.#clock;
        const answer = await this.#fetch(missing);
        this.#store(missing, answer, asked);
      }
      this.failure = null;
    } catch (error) {
      this.failure = asFailure(error);
    } finally {
      this.#loading = false;
    }
  }

  /** First the cards that are not there at all, so that they never wait for those that may have changed. */
  #missing(): ImageId[] {
    const outdated = this.#wanted.filter((id) => (this.#askedAt.get(id) ?? 0) <= this.#invalidated);
    const unknown = outdated.filter((id) => !this.#known.has(id));
    return (unknown.length > 0 ? unknown : outdated).slice(0, cardsPerRequest);
  }

  /** An answer may not know of a decision that ended after it was asked for, and one that was asked for later knows more. */
  #store(asked: readonly ImageId[], answer: readonly Card[], at: number): void {
    const isNews = (id: ImageId): boolean =>
      Math.max(this.#touched.get(id) ?? 0, this.#askedAt.get(id) ?? 0) <= at;
    for (const card of answer) if (isNews(card.id)) this.#known.set(card.id, card);
    for (const id of asked) if (isNews(id)) this.#askedAt.set(id, at);
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    const wanted = new Set(this.#wanted);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= cardsKept) return;
      if (wanted.has(id)) continue;
      this.#known.delete(id);
      this.#askedAt.delete(id);
    }
  }
}
