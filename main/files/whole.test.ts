import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { makeWhole, writeWhole } from './whole.ts';

const steps = vi.hoisted((): string[] => []);
vi.mock('node:fs', async (importOriginal) => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const opened = new Map<number, string>();
  return {
    ...fs,
    openSync(path: string, flags: string) {
      const descriptor = fs.openSync(path, flags);
      opened.set(descriptor, path);
      return descriptor;
    },
    fsyncSync(descriptor: number) {
      steps.push(`flush ${opened.get(descriptor)}`);
      fs.fsyncSync(descriptor);
    },
    renameSync(from: string, to: string) {
      steps.push(`rename ${from} ${to}`);
      fs.renameSync(from, to);
    },
  };
});

test('what is written takes the place of what was there once it is on the disk, and so is its name', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a.json');
  writeWhole(file, 'old');
  steps.length = 0;
  writeWhole(file, 'new, ', Buffer.from('in '), 'pieces');
  expect(readFileSync(file, 'utf8')).toBe('new, in pieces');
  expect(steps).toEqual([`flush ${file}.new`, `rename ${file}.new ${file}`, `flush ${folder}`]);
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('nothing is written through a link that lies where the file or its unfinished copy goes', () => {
  const folder = temporaryFolder();
  const [file, foreign] = [join(folder, 'a'), join(folder, 'foreign')];
  writeFileSync(foreign, 'precious');
  symlinkSync(foreign, file);
  symlinkSync(foreign, `${file}.new`);
  writeWhole(file, 'ours');
  expect(readFileSync(foreign, 'utf8')).toBe('precious');
  expect(readFileSync(file, 'utf8')).toBe('ours');
});

test('where it cannot be written, what was there stays', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a');
  mkdirSync(file);
  writeFileSync(join(file, 'within'), '');
  expect(() => writeWhole(file, 'ours')).toThrow();
  expect(readdirSync(file)).toEqual(['within']);
});

test('two that make the same at once both succeed, and leave nothing beside it', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'a');
  const make = (content: string) => makeWhole(file, (unfinished) => writeFile(unfinished, content));
  await Promise.all(['one', 'two'].map(make));
  expect(['one', 'two']).toContain(readFileSync(file, 'utf8'));
  expect(readdirSync(folder)).toEqual(['a']);
});

test('a folder is there when all of it is, and nothing of it where its making fails', async () => {
  const folder = temporaryFolder();
  const place = join(folder, 'model');
  const make = (end: () => void) =>
    makeWhole(place, async (unfinished) => {
      await mkdir(unfinished);
      await writeFile(join(unfinished, 'a'), '');
      expect(readdirSync(folder)).not.toContain('model');
      end();
      return 'made';
    });
  await expect(
    make(() => {
      throw new Error('full');
    }),
  ).rejects.toThrow('full');
  expect(readdirSync(folder)).toEqual([]);
  expect(await make(() => {})).toBe('made');
  expect(readdirSync(place)).toEqual(['a']);
});
