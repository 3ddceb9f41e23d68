import { expect, test } from 'vitest';
import { findShortcut, keyName, type KeyPress, matches, shortcuts } from './keys.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  repeat: false,
  ...held,
});
const label = (key: string, held: Partial<KeyPress> = {}): string | undefined =>
  findShortcut(
    shortcuts.filter(({ places = ['list'] }) => places.includes('list')),
    press(key, held),
  )?.label;

test('matches a letter whatever caps lock says, but not with Ctrl or Alt', () => {
  expect(matches('k', press('k'))).toBe(true);
  expect(matches('k', press('K'))).toBe(true);
  expect(matches('k', press('k', { ctrlKey: true }))).toBe(false);
  expect(matches('k', press('k', { altKey: true }))).toBe(false);
});

test('takes Cmd for Ctrl, and tells undo from redo by Shift', () => {
  expect(label('z', { ctrlKey: true })).toBe('Undo');
  expect(label('z', { metaKey: true })).toBe('Undo');
  expect(label('Z', { ctrlKey: true, shiftKey: true })).toBe('Redo');
  expect(label('y', { ctrlKey: true })).toBe('Redo');
});

test('matches ? on layouts where it needs Shift and where it does not', () => {
  expect(matches('?', press('?', { shiftKey: true }))).toBe(true);
  expect(matches('?', press('?'))).toBe(true);
});

test('digits take suggestions, and zero takes none', () => {
  expect(label('1')).toBe('Relabel as that suggestion');
  expect(label('9')).toBe('Relabel as that suggestion');
  expect(label('0')).toBeUndefined();
});

test('letters without a meaning of their own open the class picker, accented ones too', () => {
  const typing = label('a');
  expect(typing).toContain('Type a class');
  expect(label('é')).toBe(typing);
  expect(label('k')).not.toBe(typing);
  expect(label('r')).not.toBe(typing);
});

test('arrows move, and with Shift they select', () => {
  expect(label('ArrowRight')).toBe('Next image');
  expect(label('ArrowRight', { shiftKey: true })).toBe('Select to the right');
});

test('a key that is held moves on but decides only once', () => {
  expect(label('ArrowRight', { repeat: true })).toBe('Next image');
  expect(label('k', { repeat: true })).toBeUndefined();
  expect(label('1', { repeat: true })).toBeUndefined();
});

test('no key has two meanings in one place', () => {
  for (const place of ['list', 'loupe', 'compare'] as const) {
    const keys = shortcuts
      .filter(({ places = ['list'] }) => places.includes(place))
      .flatMap(({ keys }) => keys);
    expect(new Set(keys).size, place).toBe(keys.length);
  }
});

test('prints keys as they stand on a keyboard', () => {
  expect(keyName('Ctrl+Shift+Z')).toBe('Ctrl Shift Z');
  expect(keyName('k')).toBe('K');
  expect(keyName('ArrowLeft')).toBe('←');
});
