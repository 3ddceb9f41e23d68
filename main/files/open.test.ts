import { appendFileSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { readFailure } from './reason.ts';
import { readWhole } from './open.ts';

vi.mock(import('node:fs/promises'), { spy: true });

test.each([
  ['is appended to', (file: string) => appendFileSync(file, 'more')],
  ['is written anew', (file: string) => writeFileSync(file, 'b'.repeat(10))],
  ['is cut short', (file: string) => writeFileSync(file, 'a')],
])(
  'a file that %s while it is read is not taken for a picture',
  { tags: 'changing-files' },
  async (_, change) => {
    const file = join(temporaryFolder(), 'image.png');
    writeFileSync(file, 'a'.repeat(10));
    expect(`${await readWhole(file)}`).toBe('a'.repeat(10));

    const handle = await open(file);
    const read = handle.readFile.bind(handle);
    vi.spyOn(handle, 'readFile').mockImplementation(async () => {
      // Some time passes between two writes of a file.
      await new Promise((resolve) => setTimeout(resolve, 20));
      change(file);
      return read();
    });
    vi.mocked(open).mockResolvedValueOnce(handle);
    const failure = await readWhole(file).catch(readFailure);
    expect(failure).toBe('cannot be read: it changed while it was read');
  },
);
