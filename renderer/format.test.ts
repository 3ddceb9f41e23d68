import { expect, test } from 'vitest';
import { bytes, count, day, duration, percent, timeLeft, readable } from './format.ts';

test('counts with the right word', () => {
  expect(count(1, 'image')).toBe('1 image');
  expect(count(12480, 'image')).toBe('12,480 images');
  expect(count(2, 'class', 'classes')).toBe('2 classes');
});

test('writes a duration in the units that matter', () => {
  expect(duration(6.13)).toBe('6.1 s');
  expect(duration(42.4)).toBe('42 s');
  expect(duration(100)).toBe('1 min 40 s');
  expect(duration(7500)).toBe('2 h 5 min');
  expect(timeLeft(6.1)).toBe('7 s');
});

test('writes sizes and shares', () => {
  expect(bytes(48_213)).toBe('48 kB');
  expect(percent(0.976)).toBe('98 %');
});

test('shows what would turn the order of a name, and leaves every script alone', () => {
  expect(readable('evil\u202Egpj.exe')).toBe('evil[U+202E]gpj.exe');
  for (const name of ['בית קטן', 'شجرة', '🌷👩‍🌾 garden', 'Straße']) expect(readable(name)).toBe(name);
});

test('writes a day by how far it lies back', () => {
  const now = new Date(2026, 10, 23, 9).getTime();
  expect(day(new Date(2026, 10, 23, 1).getTime(), now)).toBe('today');
  expect(day(new Date(2026, 10, 22, 23).getTime(), now)).toBe('yesterday');
  expect(day(new Date(2026, 10, 12).getTime(), now)).toBe('12 November');
  expect(day(new Date(2025, 9, 19).getTime(), now)).toBe('19 October 2025');
});
