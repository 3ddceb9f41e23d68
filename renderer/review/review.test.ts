import { beforeEach, expect, test, vi } from 'vitest';
import type {
  Calls,
  Card,
  ClassId,
  Decision,
  ImageId,
  ProjectChange,
  ProjectState,
} from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import type { Call } from '../client.ts';
import { Project } from '../project.svelte.ts';
import { Review } from './review.svelte.ts';

const id = (value: number): ImageId => value as ImageId;
const daisy = 2 as ClassId;

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
});

/** Milliseconds that answers take, in turn: later ones overtake earlier ones. */
const delays = [4, 0, 2, 5, 1, 3];

/** A project of six images, 1 the worst, that answers as the app would, and notes what it was asked. */
function fakeProject({ refuse = false, multiLabel = false } = {}) {
  const images = Array.from({ length: 6 }, (_, place) => card(id(place + 1)));
  const calls: number[] = [];
  const sent: [readonly ImageId[], Decision][] = [];
  const disk = { isFull: false };
  const undone: { parts: ProjectChange['parts'] } = { parts: {} };
  const order = { ids: images.map((image) => image.id) };
  let state = { revision: 1, ranking: 1, multiLabel, classes: [], task: null } as unknown as ProjectState;
  const stored: (readonly ImageId[])[] = [];
  const change = (about: readonly ImageId[]): ProjectChange => {
    const { id, revision: from } = state;
    state = { ...state, revision: from + 1 };
    return {
      id,
      from,
      revision: from + 1,
      parts: {},
      classes: [],
      images: about.map(standing),
      andMore: false,
    };
  };
  const handlers: Partial<Calls> = {
    'queue.order': () => ({ ids: order.ids, ranking: state.ranking, first: [] }),
    'queue.cards': (_, ids) => images.filter((image) => ids.includes(image.id)),
    'labels.decide': (_, decisions) => {
      if (refuse) throw new Failure('read-only', 'The place is read-only.');
      if (disk.isFull) throw new Failure('disk-full', 'The disk is full.');
      for (const { images, decision } of decisions) sent.push([images, decision]);
      calls.push(decisions.length);
      const about = decisions.flatMap(({ images }) => images);
      stored.push(...decisions.map(({ images }) => images));
      return change(about);
    },
    'labels.undo': () => ({ ...change(stored.pop() ?? []), parts: undone.parts }),
  };
  let asked = 0;
  const call = (async (name: keyof Calls, ...args: never[]) => {
    await new Promise((resolve) => setTimeout(resolve, delays[asked++ % delays.length]));
    return (handlers[name] as (...args: never[]) => unknown)(...args);
  }) as Call;
  const project = new Project(call, state);
  return { project, review: new Review(project), sent, calls, order, disk, undone };
}

const standing = (image: ImageId) => {
  const { id, label, base, verdict } = card(image);
  return { id, label, base, verdict };
};

function card(image: ImageId): Card {
  return {
    id: image,
    path: `roses/${image}.jpg`,
    label: [1 as ClassId],
    importedLabel: [1 as ClassId],
    base: [1 as ClassId],
    verdict: null,
    loss: 1,
    probability: 0.3,
    suggestions: [{ class: daisy, probability: 0.6 }],
    rank: image,
    width: null,
    height: null,
    split: null,
    thumb: '',
    image: '',
  };
}

async function opened(options = {}) {
  const fake = fakeProject(options);
  await fake.review.take();
  fake.review.cards.want(fake.review.queue.ids);
  await vi.waitFor(() => expect(fake.review.card).toBeDefined());
  return fake;
}

test('a decision goes to the image in focus, shows at once, and the focus moves on to the next one to decide', async () => {
  const { review, sent } = await opened();
  review.takeSuggestion(0);
  expect(review.cards.get(id(1))).toMatchObject({ label: [daisy], verdict: 'relabel' });
  expect(review.focused).toBe(2);
  await vi.waitFor(() => expect(sent).toEqual([[[1], { verdict: 'relabel', label: [daisy] }]]));
});

test('decisions made faster than they are stored arrive in the order of the keys', async () => {
  const { review, sent } = await opened();
  review.decide({ verdict: 'keep' });
  review.takeSuggestion(0);
  review.decide({ verdict: 'exclude' });
  review.decide({ verdict: 'unsure' });
  await vi.waitFor(() => expect(sent).toHaveLength(4));
  expect(sent.map(([ids, { verdict }]) => [ids[0], verdict])).toEqual([
    [1, 'keep'],
    [2, 'relabel'],
    [3, 'exclude'],
    [4, 'unsure'],
  ]);
});

test('decisions made while an earlier one is stored go to the app together, but an undo between them keeps its place', async () => {
  const { review, sent, calls } = await opened();
  review.decide({ verdict: 'keep' });
  await Promise.resolve();
  for (let press = 0; press < 3; press += 1) review.decide({ verdict: 'exclude' });
  review.undo();
  review.decide({ verdict: 'unsure' });
  await vi.waitFor(() => expect(sent).toHaveLength(5));
  expect(calls).toEqual([1, 3, 1]);
  expect(sent.map(([ids]) => ids[0])).toEqual([1, 2, 3, 4, 5]);
});

test('a refused decision is taken back and its reason shown', async () => {
  const { review, project } = await opened({ refuse: true });
  review.decide({ verdict: 'exclude' });
  expect(review.cards.get(id(1))?.verdict).toBe('exclude');
  await vi.waitFor(() => expect(project.complaint?.message).toBe('The place is read-only.'));
  expect(review.cards.get(id(1))?.verdict).toBeNull();
});

test(
  'decisions that the disk has no room for are kept, shown and tried again, in their order',
  { tags: 'full-disk' },
  async () => {
    const { review, project, sent, disk } = await opened();
    disk.isFull = true;
    review.decide({ verdict: 'keep' });
    review.decide({ verdict: 'exclude' });
    await vi.waitFor(() => expect(project.held).toMatchObject({ reason: 'The disk is full.', changes: 2 }));
    review.decide({ verdict: 'unsure' });
    // The window goes on meanwhile.
    expect([1, 2, 3].map((image) => review.cards.get(id(image))?.verdict)).toEqual([
      'keep',
      'exclude',
      'unsure',
    ]);
    expect(review.focused).toBe(4);
    expect(project.held?.changes).toBe(3);
    project.held?.retry();
    expect(sent).toEqual([]);
    disk.isFull = false;
    project.held?.retry();
    await vi.waitFor(() => expect(sent.map(([ids]) => ids[0])).toEqual([1, 2, 3]));
    await vi.waitFor(() => expect(project.held).toBeNull());
    expect(project.complaint).toBeNull();
  },
);

test('a decision on a selection is one step, and the focus goes below it', async () => {
  const { review, sent } = await opened();
  review.click(id(2), { toggle: false, extend: false });
  review.click(id(4), { toggle: false, extend: true });
  review.decide({ verdict: 'keep' });
  expect(review.selection.size).toBe(0);
  expect(review.focused).toBe(5);
  await vi.waitFor(() => expect(sent).toEqual([[[2, 3, 4], { verdict: 'keep' }]]));
});

test('the focus passes over decided images, and from the end goes back to the first that is open', async () => {
  const { review } = await opened();
  review.moveTo(1);
  review.decide({ verdict: 'keep' });
  review.moveTo(0);
  review.decide({ verdict: 'keep' });
  expect(review.focused).toBe(3);
  review.moveTo(5);
  review.decide({ verdict: 'keep' });
  expect(review.focused).toBe(3);
});

test('a new ranking leaves the image in focus and all before it where they are', async () => {
  const { review, project, order } = await opened();
  review.moveTo(2);
  order.ids = [6, 5, 4, 3, 2, 1].map(id);
  project.replace({ ...project.state, ranking: 2 });
  await review.follow();
  expect(review.queue.ids).toEqual([1, 2, 3, 6, 5, 4]);
  expect(review.queue.movedUp).toBe(3);
  expect(review.focused).toBe(3);
  await review.take();
  expect(review.queue.ids).toEqual([6, 5, 4, 3, 2, 1]);
});

test('undo puts the focus back on the image that it concerns', async () => {
  const { review } = await opened();
  review.decide({ verdict: 'keep' });
  review.decide({ verdict: 'keep' });
  review.undo();
  await vi.waitFor(() => expect(review.focused).toBe(2));
});

test('the undo of a change of classes leaves the focus where it is', async () => {
  const { review, project, undone } = await opened();
  review.decide({ verdict: 'keep' });
  undone.parts = { formerClasses: [] };
  review.undo();
  await vi.waitFor(() => expect(project.state.revision).toBe(3));
  expect(review.focused).toBe(2);
});

test('in a set with several labels an image, a class is added or taken away and the focus stays', async () => {
  const { review, sent } = await opened({ multiLabel: true });
  review.takeSuggestion(0);
  review.takeSuggestion(0);
  expect(review.focused).toBe(1);
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent.map(([, decision]) => decision)).toEqual([
    { verdict: 'add', class: daisy },
    { verdict: 'remove', class: daisy },
  ]);
});

test('there, a class is added to a whole selection until all of it carries the class, and the selection stays', async () => {
  const { review, sent } = await opened({ multiLabel: true });
  review.takeSuggestion(0);
  review.click(id(3), { toggle: false, extend: true });
  review.takeSuggestion(0);
  for (const image of [1, 2, 3]) expect(review.cards.get(id(image))?.label).toEqual([1, daisy]);
  review.takeSuggestion(0);
  expect(review.selection.size).toBe(3);
  await vi.waitFor(() => expect(sent).toHaveLength(3));
  expect(sent.slice(1)).toEqual([
    [[1, 2, 3], { verdict: 'add', class: daisy }],
    [[1, 2, 3], { verdict: 'remove', class: daisy }],
  ]);
});

test('nothing is decided about an image whose card is not there yet', async () => {
  const { review, sent } = fakeProject();
  await review.take();
  expect(review.focused).toBe(1);
  review.decide({ verdict: 'exclude' });
  review.takeSuggestion(0);
  expect(review.focused).toBe(1);
  review.cards.want(review.queue.ids);
  await vi.waitFor(() => expect(review.card).toBeDefined());
  review.decide({ verdict: 'keep' });
  await vi.waitFor(() => expect(sent).toEqual([[[1], { verdict: 'keep' }]]));
});

test('a new ranking is taken over once the cards are there that come into focus next', async () => {
  const { review, project, order } = fakeProject();
  const [, , , ...others] = order.ids;
  order.ids = order.ids.slice(0, 3);
  await review.take();
  order.ids = [...order.ids, ...others];
  project.replace({ ...project.state, ranking: 2 });
  await review.follow();
  expect(review.queue.ids).toEqual([1, 2, 3, 4, 5, 6]);
  expect(others.map((image) => review.cards.get(image)?.id)).toEqual(others);
});
