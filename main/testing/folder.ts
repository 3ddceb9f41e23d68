// Folders that the tests of main/ work in: made anew for each test, and removed after it.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder of the running test's own. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'toploss-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
