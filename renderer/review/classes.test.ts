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
