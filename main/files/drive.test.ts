import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';
import { isNetworkDrive } from './drive.ts';
import { openProject } from '../project/open.ts';

const onLinux = test.skipIf(process.platform !== 'linux');

for (const [name, type] of [
  ['NFS', 0x6969],
  ['SMB', 0x517b],
  ['CIFS', 0xff534d42],
  ['CIFS as a negative number', 0xff534d42 | 0],
  ['SMB 2', 0xfe534d42],
  ['FUSE', 0x65735546],
  ['9P', 0x01021997],
] as const) {
  onLinux(`${name} is a network drive`, () => {
    expect(isNetworkDrive('/pictures', () => ({ type }))).toBe(true);
  });
}

test('the disk of this machine is none, and neither is what cannot be asked', () => {
  expect(isNetworkDrive('/pictures', () => ({ type: 0xef53 }))).toBe(false);
  expect(isNetworkDrive(join(temporaryFolder(), 'nowhere'))).toBe(false);
});

test(
  'the project of a data set on a network drive lies with the user, in one place whenever it is opened',
  { tags: 'network-drive' },
  async () => {
    const root = join(temporaryFolder(), 'flowers');
    await drawFlowers(root, 1);
    const place = { userData: temporaryFolder(), isRemote: (folder: string) => !folder.includes('projects') };
    const { folder, db, close } = openProject(root, place);
    expect(folder.startsWith(join(place.userData, 'projects', 'flowers-'))).toBe(true);
    expect(existsSync(`${root}.toploss`)).toBe(false);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    close();
    const again = openProject(root, place);
    expect(again.folder).toBe(folder);
    again.close();
  },
);

test('a project that is put on a network drive all the same writes no log ahead, and waits for the disk', async () => {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, 1);
  const folder = join(temporaryFolder(), 'project');
  const { db, close, store } = openProject(root, { folder, isRemote: () => true });
  expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
  expect(db.pragma('synchronous', { simple: true })).toBe(3);
  store(() => db.exec(`INSERT INTO classes (name) VALUES ('rose')`));
  expect(existsSync(join(folder, 'labels.db-wal'))).toBe(false);
  close();
});
