import { expect, test } from 'vitest';
import type { ClassId, ClassInfo } from '../../shared/contract.ts';
import { isKnown, matchClasses } from './classes.ts';

const classes: readonly ClassInfo[] = [
  'roses',
  'sunflowers',
  'wild rose',
  'Daisy',
  'primrose',
  'dandelion',
].map((name, place) => ({ id: (place + 1) as ClassId, name }));
const names = (recent: readonly ClassId[], typed: string): string[] =>
  matchClasses(classes, recent, typed).map(({ name }) => name);

test('lists the classes used most recently first, then the others by name', () => {
  expect(names([2 as ClassId, 1 as ClassId], '')).toEqual([
    'sunflowers',
    'roses',
    'Daisy',
    'dandelion',
    'primrose',
    'wild rose',
  ]);
});

test('prefers the beginning of the name to that of a word, and that to the inside', () => {
  expect(names([], 'rose')).toEqual(['roses', 'wild rose', 'primrose']);
});

test('finds letters in order as a last resort, whatever their case', () => {
  expect(names([], 'DDL')).toEqual(['dandelion']);
});

test('finds nothing for letters that no class has', () => {
  expect(names([], 'zz')).toEqual([]);
});

test('offers a new class only where no class has that name', () => {
  expect(isKnown(classes, ' daisy ')).toBe(true);
  expect(isKnown(classes, 'dais')).toBe(false);
});

test('among a thousand classes a few letters find those that begin so, the most recent on top, or make a new one', () => {
  const colours = ['amber', 'blue', 'crimson', 'dark', 'emerald', 'fawn', 'golden', 'hazel', 'ivory', 'jade'];
  const many: readonly ClassInfo[] = Array.from({ length: 1000 }, (_, place) => ({
    id: (place + 1) as ClassId,
    name: `${colours[place % 10]} bird ${Math.floor(place / 10)}`,
  }));
  const recent = [many[997], many[7], many[3]].map((info) => info?.id ?? (0 as ClassId));
  const found = matchClasses(many, recent, 'Hazel b').map(({ name }) => name);
  expect(found).toHaveLength(100);
  expect(found.every((name) => name.startsWith('hazel bird'))).toBe(true);
  expect(found.slice(0, 3)).toEqual(['hazel bird 99', 'hazel bird 0', 'hazel bird 1']);
  expect(matchClasses(many, recent, '').slice(0, 3)).toEqual([many[997], many[7], many[3]]);
  expect(isKnown(many, 'HAZEL bird 99')).toBe(true);
  expect(isKnown(many, 'hazel bird 100')).toBe(false);
});
