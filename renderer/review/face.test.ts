import { expect, test } from 'vitest';
import type { Card, ClassId, ImageId } from '../../shared/contract.ts';
import { headline, opinion, tag } from './face.ts';

const rose = 1 as ClassId;
const daisy = 2 as ClassId;
const card: Card = {
  id: 1 as ImageId,
  path: 'roses/1.jpg',
  label: [rose],
  base: [rose],
  importedLabel: [rose],
  verdict: null,
  loss: 3,
  probability: 0.05,
  suggestions: [{ class: daisy, probability: 0.9 }],
  rank: 1,
  width: 500,
  height: 333,
  split: null,
  thumb: '/thumb/1',
  image: '/image/1',
};
const names = new Map([
  [rose, 'roses'],
  [daisy, 'daisy'],
]);

const name = (label: readonly ClassId[]): string => label.map((id) => names.get(id)).join(' + ');

test('the model contradicts a label that it finds less likely than another', () => {
  expect(opinion(card)).toBe('contradicts');
  expect(opinion({ ...card, probability: 0.95 })).toBe('agrees');
  expect(opinion({ ...card, suggestions: [] })).toBe('unranked');
});

test('the class in bold is the best other class until one is given by hand', () => {
  expect(headline(card)).toEqual({ label: [daisy], probability: 0.9 });
  expect(headline({ ...card, label: [daisy], verdict: 'relabel' })).toEqual({
    label: [daisy],
    probability: 0.9,
  });
  expect(headline({ ...card, suggestions: [] })).toBeNull();
});

test('a decided card carries the decision as a tag', () => {
  expect(tag(card, name)).toBeNull();
  expect(tag({ ...card, label: [daisy], verdict: 'relabel' }, name)).toBe('→ daisy');
  expect(tag({ ...card, verdict: 'keep' }, name)).toBe('kept');
});
