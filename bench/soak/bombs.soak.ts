// Every bomb, and the files that broke other decoders where they lie beside the repository.
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../main/testing/folder.ts';
import { rankAndShow } from './bombs.ts';

const corpus = fileURLToPath(new URL('../../../shared/data/bad-images', import.meta.url));

test('every bomb is ranked in less than 700 MB, or listed with the reason; what is ranked is shown', async () => {
  const root = join(temporaryFolder(), 'hostile');
  if (existsSync(corpus)) cpSync(corpus, root, { recursive: true });
  expect((await rankAndShow(root)).length).toBeGreaterThan(5);
}, 300_000);
