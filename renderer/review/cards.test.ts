import { expect, test, vi } from 'vitest';
import type { Card, ClassId, ImageId, Label } from '../../shared/contract.ts';
import { Cards } from './cards.svelte.ts';

const id = (value: number): ImageId => value as ImageId;
const rose: Label = [1 as ClassId];
const daisy: Label = [2 as ClassId];

function card(image: ImageId, changes: Partial<Card> = {}): Card {
  return {
    id: image,
    path: `roses/${image}.jpg`,
    label: rose,
    importedLabel: rose,
    base: rose,
    verdict: null,
    loss: 1,
    probability: 0.3,
    suggestions: [],
    rank: 1,
    width: null,
    height: null,
    split: null,
    thumb: `/thumb/${image}`,
    image: `/image/${image}`,
    ...changes,
  };
}

/** A store of cards whose answers are let go one by one. */
function backend(images: readonly ImageId[]) {
  const stored = new Map(images.map((image) => [image, card(image)]));
  const waiting: (() => void)[] = [];
  const asked: ImageId[][] = [];
  const fetch = (wanted: ImageId[]): Promise<Card[]> => {
    asked.push(wanted);
    const answer = wanted.flatMap((image) => stored.get(image) ?? []);
    return new Promise((resolve) => waiting.push(() => resolve(answer)));
  };
  const answer = async (): Promise<void> => {
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  };
  return { stored, asked, fetch, answer };
}

test('asks for at most 100 cards at once, the first ones first, and for what came already no more', async () => {
  const images = Array.from({ length: 140 }, (_, place) => id(place + 1));
  const { fetch, asked, answer } = backend(images);
  const cards = new Cards(fetch);
  cards.want(images);
  await answer();
  await answer();
  cards.want(images.slice(0, 10));
  expect(asked).toEqual([images.slice(0, 100), images.slice(100)]);
  expect(cards.get(id(140))?.path).toBe('roses/140.jpg');
});

test('lets go of what is no longer wanted while it waits', async () => {
  const { fetch, asked, answer } = backend([id(1), id(2), id(3)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  cards.want([id(2)]);
  cards.want([id(3)]);
  await answer();
  await answer();
  expect(asked).toEqual([[id(1)], [id(3)]]);
});

test('does not ask forever for an image that is gone', async () => {
  const { fetch, asked, answer } = backend([]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  cards.want([id(1)]);
  expect(asked).toHaveLength(1);
  expect(cards.get(id(1))).toBeUndefined();
});

test('shows a decision at once and keeps it when it is stored', async () => {
  const { fetch, answer } = backend([id(1)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  const claim = cards.claim([id(1)], { verdict: 'relabel', label: daisy });
  expect(cards.get(id(1))).toMatchObject({ label: daisy, importedLabel: rose, verdict: 'relabel' });
  cards.settle(claim);
  expect(cards.get(id(1))).toMatchObject({ label: daisy, verdict: 'relabel' });
});

test('takes back only the decision that was refused', async () => {
  const { fetch, answer } = backend([id(1)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  const first = cards.claim([id(1)], { verdict: 'relabel', label: daisy });
  const second = cards.claim([id(1)], { verdict: 'exclude' });
  cards.settle(first);
  cards.drop(second);
  expect(cards.get(id(1))).toMatchObject({ label: daisy, verdict: 'relabel' });
});

test('does not let an answer from before a decision undo it on the screen', async () => {
  const { fetch, answer, stored } = backend([id(1)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  const claim = cards.claim([id(1)], { verdict: 'keep' });
  cards.invalidate();
  stored.set(id(1), card(id(1), { verdict: 'keep', loss: 0.5 }));
  cards.settle(claim);
  await answer();
  expect(cards.get(id(1))?.verdict).toBe('keep');
  await answer();
  expect(cards.get(id(1))).toMatchObject({ verdict: 'keep', loss: 0.5 });
});

test('how images stand after a change is shown without asking, and an answer from before does not undo it', async () => {
  const { fetch, asked, answer } = backend([id(1), id(2)]);
  const cards = new Cards(fetch);
  cards.want([id(1), id(2)]);
  await answer();
  cards.follow({ images: [{ id: id(1), label: daisy, base: rose, verdict: 'relabel' }], andMore: false });
  expect(asked).toHaveLength(1);
  expect(cards.get(id(1))).toMatchObject({ label: daisy, verdict: 'relabel', loss: 1 });

  cards.invalidate();
  cards.follow({ images: [{ id: id(2), label: rose, base: rose, verdict: 'keep' }], andMore: false });
  await answer();
  expect(cards.get(id(2))?.verdict).toBe('keep');
});

test('shows the old card until the new one has come', async () => {
  const { fetch, answer, stored } = backend([id(1)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  stored.set(id(1), card(id(1), { loss: 7 }));
  cards.invalidate();
  expect(cards.get(id(1))?.loss).toBe(1);
  await answer();
  expect(cards.get(id(1))?.loss).toBe(7);
});

test('asks no more for cards that came with an order', async () => {
  const { fetch, asked, answer } = backend([id(1), id(2)]);
  const cards = new Cards(fetch);
  cards.outdate();
  await cards.withOrder(async () => ({ ids: [id(1), id(2)], ranking: 1, first: [card(id(1), { loss: 3 })] }));
  cards.want([id(1), id(2)]);
  await answer();
  expect(cards.get(id(1))?.loss).toBe(3);
  expect(asked).toEqual([[id(2)]]);
});

test('an order that was asked for before a decision does not undo it on the screen', async () => {
  const { fetch, answer } = backend([id(1)]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await answer();
  const order = cards.withOrder(async () => {
    await new Promise((resolve) => setTimeout(resolve));
    return { ids: [id(1)], ranking: 1, first: [card(id(1))] };
  });
  cards.settle(cards.claim([id(1)], { verdict: 'keep' }));
  await order;
  expect(cards.get(id(1))?.verdict).toBe('keep');
});

test('of two answers about an image, the one that was asked for later stays, whichever comes last', async () => {
  const { fetch, answer, stored } = backend([id(1)]);
  const cards = new Cards(fetch);
  const arrival = Promise.withResolvers<void>();
  const order = cards.withOrder(async () => {
    await arrival.promise;
    return { ids: [id(1)], ranking: 1, first: [card(id(1), { loss: 7 })] };
  });
  cards.want([id(1)]);
  await answer();
  arrival.resolve();
  await order;
  expect(cards.get(id(1))?.loss).toBe(1);

  stored.set(id(1), card(id(1), { loss: 2 }));
  cards.invalidate();
  await cards.withOrder(async () => ({ ids: [id(1)], ranking: 1, first: [card(id(1), { loss: 3 })] }));
  await answer();
  expect(cards.get(id(1))?.loss).toBe(3);
});

test('says why cards did not come, and tries again when asked', async () => {
  const fetch = vi
    .fn()
    .mockRejectedValueOnce(new Error('gone'))
    .mockResolvedValue([card(id(1))]);
  const cards = new Cards(fetch);
  cards.want([id(1)]);
  await vi.waitFor(() => expect(cards.failure?.message).toBe('gone'));
  cards.want([id(1)]);
  await vi.waitFor(() => expect(cards.get(id(1))).toBeDefined());
  expect(cards.failure).toBeNull();
});
