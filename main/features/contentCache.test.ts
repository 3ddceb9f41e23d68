import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { ContentCache } from './contentCache.ts';

const side = 2;
const hashOf = (value: number) => new Uint8Array(32).fill(value);
const squareOf = (value: number) => Uint8Array.from({ length: side * side * 3 }, (_, i) => value + i);

function open(folder: string): ContentCache {
  const cache = new ContentCache(folder, { rows: '2.u8', index: '2.idx' }, side * side * 3);
  onTestFinished(() => cache.close());
  return cache;
}

async function readFrom(cache: ContentCache, value: number): Promise<number[] | null> {
  const into = new Uint8Array(cache.bytes);
  return (await cache.read(hashOf(value), into)) ? [...into] : null;
}

test('gives back the pixels of a content, also after it was opened again', async () => {
  const folder = temporaryFolder();
  const cache = open(folder);
  for (const value of [1, 2, 3]) cache.put(hashOf(value), squareOf(10 * value));
  for (const reader of [cache, open(folder)]) {
    expect(await readFrom(reader, 2)).toEqual([...squareOf(20)]);
    expect(await readFrom(reader, 3)).toEqual([...squareOf(30)]);
    expect(reader.has(hashOf(4))).toBe(false);
    expect(await readFrom(reader, 4)).toBeNull();
  }
});

test('goes on after a process that was killed while it wrote', { tags: 'damaged-cache' }, async () => {
  const folder = temporaryFolder();
  const cache = open(folder);
  for (const value of [1, 2]) cache.put(hashOf(value), squareOf(value));
  // Half an entry and half a square too much; then an entry whose square is cut.
  appendFileSync(join(folder, '2.u8'), new Uint8Array(7));
  appendFileSync(join(folder, '2.idx'), new Uint8Array(20));
  const again = open(folder);
  again.put(hashOf(3), squareOf(3));
  expect(await readFrom(open(folder), 3)).toEqual([...squareOf(3)]);
  truncateSync(join(folder, '2.u8'), 2 * again.bytes + 5);
  const cut = open(folder);
  expect(cut.has(hashOf(3))).toBe(false);
  expect(await readFrom(cut, 2)).toEqual([...squareOf(2)]);
});

test('does not take damaged pixels for an image, and replaces them in their place', async () => {
  const folder = temporaryFolder();
  const cache = open(folder);
  for (const value of [1, 2, 3]) cache.put(hashOf(value), squareOf(value));
  const pixels = readFileSync(join(folder, '2.u8'));
  pixels.writeUInt8(255, cache.bytes + 4);
  writeFileSync(join(folder, '2.u8'), pixels);
  const damaged = open(folder);
  expect(await readFrom(damaged, 2)).toBeNull();
  damaged.put(hashOf(2), squareOf(2));
  expect(await readFrom(damaged, 2)).toEqual([...squareOf(2)]);
  expect(readFileSync(join(folder, '2.u8'))).toHaveLength(3 * cache.bytes);
});
