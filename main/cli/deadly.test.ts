// Files that kill their decoder, on the command line: they are told, and whatever has labels.db open lives on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printedBy, toploss } from '../testing/cli.ts';
import { makeDeadly, makeDecodersFragile } from '../testing/deadly.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';

const sentence = 'damaged: its decoder crashes (killed by SIGSEGV)';

test('what a network sees is shown without a file that kills its decoder, and the summary names it', async () => {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 2);
  await printedBy('import', root);
  makeDeadly(root, 'rose/1.png');
  makeDecodersFragile();

  const to = join(temporaryFolder(), 'batch.png');
  const batch = await toploss('batch', root, '--side', '16', '--to', to);
  expect(batch).toMatchObject({ status: 0 });
  expect(batch.stderr).toContain(`rose/1.png: ${sentence}; left out`);
  expect(existsSync(to)).toBe(true);

  const summary = await toploss('summary', root, '--size', '16', '--engine', 'wasm');
  expect(summary.status).toBe(1);
  expect(summary.stderr).toContain(`rose/1.png fails at the step “decode and orient”: ${sentence}.`);
}, 120_000);
