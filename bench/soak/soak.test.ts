import { expect, test } from 'vitest';
import { soak } from './soak.ts';

test('nothing that was acknowledged is lost in a short soak', async () => {
  const report = await soak({ seed: 2, milliseconds: 0, rounds: 3 });
  expect(report.lost).toEqual({ verdicts: 0, files: 0, damagedStores: 0 });
  expect(report.acknowledged).toBeGreaterThan(0);
  expect(report.checks).toBeGreaterThan(1);
}, 120_000);
