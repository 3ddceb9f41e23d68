import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSource } from '../dataset/source.ts';
import { type Sample, drawSample } from './sample.ts';
import { unfollowed, type Work } from '../work/work.ts';

let folder: string;
let sample: Sample;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'toploss-sample-'));
  sample = await drawSample(path.join(folder, 'first'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function hash(top: string): string {
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).toSorted();
  const digest = createHash('sha256');
  for (const file of files.map((name) => path.join(top, name)))
    if (statSync(file).isFile()) digest.update(readFileSync(file));
  return digest.digest('hex');
}

test('has 720 images in six classes, a tenth of them under a wrong label, and knows the truth', async () => {
  const { files, problems } = await readSource({ dataset: sample.dataset });
  expect(files).toHaveLength(720);
  expect(problems).toEqual([]);
  expect(new Set(files.flatMap((file) => file.label)).size).toBe(6);
  const rows = readFileSync(sample.truth, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  expect(rows.map(([file, label]) => [file, label])).toEqual(files.map((file) => [file.path, file.label[0]]));
  expect(rows.filter(([, label, truth]) => label !== truth)).toHaveLength(72);
});

test('consists of different pictures of one size', async () => {
  const { files } = await readSource({ dataset: sample.dataset });
  const { width, height, format } = await sharp(path.join(sample.dataset, files[0]?.path ?? '')).metadata();
  expect({ width, height, format }).toEqual({ width: 192, height: 160, format: 'jpeg' });
  const contents = files.map((file) => readFileSync(path.join(sample.dataset, file.path), 'base64'));
  expect(new Set(contents).size).toBe(720);
});

test('is the same each time, and is not drawn again where it is', async () => {
  const seen: number[] = [];
  const work: Work = { ...unfollowed(), progress: (_, done) => void seen.push(done) };
  await drawSample(path.join(folder, 'first'), work);
  expect(seen).toEqual([]);
  await drawSample(path.join(folder, 'second'), work);
  expect(seen.at(-1)).toBe(720);
  expect(hash(path.join(folder, 'second'))).toBe(hash(path.join(folder, 'first')));
});

test('leaves nothing behind when it is cancelled', async () => {
  const controller = new AbortController();
  const target = path.join(folder, 'cancelled');
  const progress: Work['progress'] = (_, done) => {
    if (done === 10) controller.abort();
  };
  await expect(drawSample(target, { ...unfollowed(controller.signal), progress })).rejects.toThrow(/abort/i);
  expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
});
