import { expect, test } from 'vitest';
import type { ClassId, Decision, Label, Verdict } from './domain.ts';
import { sameLabel, standAfter, type Standing } from './label.ts';

const label = (...ids: number[]): Label => ids as ClassId[];
const stand = (now: Label, base: Label, verdict: Verdict | null): Standing => ({ label: now, base, verdict });
const fresh = stand(label(1), label(1), null);
const relabelled = stand(label(2), label(1), 'relabel');

test.each<[string, Standing, Decision, Standing]>([
  ['a relabel', fresh, { verdict: 'relabel', label: label(2) }, relabelled],
  [
    'a relabel to the own label confirms it',
    fresh,
    { verdict: 'relabel', label: label(1) },
    stand(label(1), label(1), 'keep'),
  ],
  [
    'a relabel back to it, too',
    relabelled,
    { verdict: 'relabel', label: label(1) },
    stand(label(1), label(1), 'keep'),
  ],
  ['a keep', fresh, { verdict: 'keep' }, stand(label(1), label(1), 'keep')],
  ['a keep of a new label is still a relabel', relabelled, { verdict: 'keep' }, relabelled],
  ['an exclusion leaves the label', relabelled, { verdict: 'exclude' }, stand(label(2), label(1), 'exclude')],
  ['unsure leaves the label', relabelled, { verdict: 'unsure' }, stand(label(2), label(1), 'unsure')],
  ['clearing restores the base', relabelled, { verdict: 'clear' }, fresh],
  [
    'a class is added, in order',
    stand(label(3), label(3), null),
    { verdict: 'add', class: 1 as ClassId },
    stand(label(1, 3), label(3), 'relabel'),
  ],
  [
    'a class is added once',
    stand(label(1, 3), label(3), 'relabel'),
    { verdict: 'add', class: 1 as ClassId },
    stand(label(1, 3), label(3), 'relabel'),
  ],
  [
    'a class is removed',
    stand(label(1, 3), label(1, 3), null),
    { verdict: 'remove', class: 3 as ClassId },
    stand(label(1), label(1, 3), 'relabel'),
  ],
  [
    'the last class is removed',
    fresh,
    { verdict: 'remove', class: 1 as ClassId },
    stand(label(), label(1), 'relabel'),
  ],
  [
    'of several, each once and ascending',
    fresh,
    { verdict: 'relabel', label: label(3, 2, 3) },
    stand(label(2, 3), label(1), 'relabel'),
  ],
])('%s', (_what, before, decision, after) => {
  expect(standAfter(before, decision)).toEqual(after);
});

test('labels are the same as sets', () => {
  expect(sameLabel(label(1, 2), label(2, 1))).toBe(true);
  expect(sameLabel(label(1), label(2))).toBe(false);
  expect(sameLabel(label(1), label(1, 2))).toBe(false);
  expect(sameLabel(label(), label())).toBe(true);
});
