import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { Checkpoints } from './checkpoints.ts';

interface Facts {
  readonly epoch: number;
}

const state = (epoch: number) => ({
  facts: { epoch },
  arrays: [
    { name: 'kernel', shape: [2, 3], values: Float32Array.of(epoch, 1 / 3, -0, 1e-40, Infinity, Number.NaN) },
    { name: 'scalar', shape: [], values: Float32Array.of(epoch) },
  ],
});

test('what is saved comes back bit by bit', () => {
  const folder = temporaryFolder();
  new Checkpoints<Facts>(folder).save(state(1));
  expect(new Checkpoints<Facts>(folder).restore()).toEqual({ ...state(1), torn: 0 });
});

test('the two latest states are kept', () => {
  const folder = temporaryFolder();
  const checkpoints = new Checkpoints<Facts>(folder);
  expect(checkpoints.restore()).toBeNull();
  for (const epoch of [1, 2, 3, 4]) checkpoints.save(state(epoch));
  expect(readdirSync(folder).toSorted()).toEqual(['state-3.bin', 'state-4.bin']);
  expect(checkpoints.restore()?.facts.epoch).toBe(4);
  checkpoints.clear();
  expect(readdirSync(folder)).toEqual([]);
});

const damage: Record<string, (file: string) => void> = {
  'cut off': (file) => truncateSync(file, readFileSync(file).length - 5),
  'cut to nothing': (file) => truncateSync(file, 0),
  'longer than it was': (file) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(4)])),
  'with another bit at every place': () => {},
};

test(
  'a torn state is passed over for the one before it, and the next is saved beside that',
  { tags: 'torn-checkpoint' },
  () => {
    for (const [how, harm] of Object.entries(damage)) {
      const folder = temporaryFolder();
      const checkpoints = new Checkpoints<Facts>(folder);
      checkpoints.save(state(1));
      checkpoints.save(state(2));
      const newest = join(folder, 'state-2.bin');
      if (how.startsWith('with another bit')) {
        const intact = readFileSync(newest);
        for (let place = 0; place < intact.length; place++) {
          const flipped = Buffer.from(intact);
          flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8));
          writeFileSync(newest, flipped);
          expect(new Checkpoints<Facts>(folder).restore()?.facts.epoch, `byte ${place}`).toBe(1);
        }
        continue;
      }
      harm(newest);
      expect(checkpoints.restore(), how).toEqual({ ...state(1), torn: 1 });
      checkpoints.save(state(3));
      expect(readdirSync(folder).toSorted(), how).toHaveLength(2);
      expect(checkpoints.restore(), how).toEqual({ ...state(3), torn: 0 });
    }
  },
);

test('with all states torn there is none', () => {
  const folder = temporaryFolder();
  const checkpoints = new Checkpoints<Facts>(folder);
  checkpoints.save(state(1));
  truncateSync(join(folder, 'state-1.bin'), 10);
  expect(checkpoints.restore()).toBeNull();
});
