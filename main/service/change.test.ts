import { expect, test } from 'vitest';
import { applyChange } from '../../shared/change.ts';
import type { ClassId, ImageId, ProjectId, ProjectState } from '../../shared/contract.ts';
import { createRandom } from '../math/random.ts';
import { changeBetween } from './change.ts';

const classOf = (id: number, images: number) => ({
  id: id as ClassId,
  name: `class ${id}`,
  images,
  suspects: 0,
});

/** Some state: parts that are there or not, and are lists or numbers or text. */
function someState(random: () => number, revision: number): ProjectState {
  const some = (n: number) => Math.floor(random() * n);
  return {
    id: 'pets' as ProjectId,
    revision,
    decided: some(3),
    ranking: some(3),
    notice: some(2) === 0 ? null : 'told',
    verdicts: { none: some(2), keep: 1, relabel: 0, exclude: 0, unsure: 0 },
    recentHits: Array.from({ length: some(3) }, () => some(2) === 0),
    classes: Array.from({ length: 3 + some(2) }, (_, n) => classOf(n + 1, some(2))),
  } as unknown as ProjectState;
}

test('a state and what changed of it give the state after it, whatever changed', () => {
  const random = createRandom(5);
  for (let turn = 0; turn < 300; turn++) {
    const [before, after] = [someState(random, turn), someState(random, turn + 1)];
    const change = changeBetween(before, after);
    expect(applyChange(before, JSON.parse(JSON.stringify(change)))).toEqual(after);
  }
});

test('what is as it was is not told', () => {
  const state = someState(createRandom(1), 1);
  const classes = state.classes.map((one, place) => (place === 1 ? { ...one, images: 9 } : one));
  const change = changeBetween(state, { ...state, revision: 2, decided: 7, classes });
  expect(change).toMatchObject({ from: 1, revision: 2, parts: { decided: 7 }, classes: [classes[1]] });
  expect(Object.keys(change.parts)).toEqual(['decided']);
});

test('of very many images it names the first, and says that there are more', () => {
  const state = someState(createRandom(1), 1);
  const images = Array.from({ length: 2000 }, (_, place) => ({
    id: (place + 1) as ImageId,
    label: [],
    base: [],
    verdict: 'exclude' as const,
  }));
  const change = changeBetween(state, { ...state, revision: 2 }, images);
  expect(change.images).toEqual(images.slice(0, 500));
  expect(change.andMore).toBe(true);
});

test('a class that goes out of use was a suggestion on cards that nobody decided about', () => {
  const state = { ...someState(createRandom(1), 1), formerClasses: [] };
  const gone = { ...state, revision: 2, formerClasses: [classOf(1, 0)], classes: state.classes.slice(1) };
  expect(changeBetween(state, gone)).toMatchObject({ images: [], andMore: true });
});
