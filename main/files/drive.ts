// Whether a folder lies on a drive of another machine. There, neither the write-ahead log nor the lock of labels.db
// can be relied on.
import { statfsSync } from 'node:fs';

/** Linux's numbers of file systems that are, or may be, remote (statfs(2), linux/magic.h). */
const remote: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB 2
  0x65735546, // FUSE: sshfs, rclone and others
  0x01021997, // 9P: the drives of Windows in WSL
  0x5346414f, // AFS
  0x00c36400, // Ceph
  0x73757245, // Coda
  0x0bd00bd0, // Lustre
]);

/** @param statfs asks the file system for its type. */
export function isNetworkDrive(
  folder: string,
  statfs: (folder: string) => { readonly type: number } = statfsSync,
): boolean {
  // Windows names the machine in the path, and has no such numbers.
  if (process.platform === 'win32') return folder.startsWith('\\\\');
  if (process.platform !== 'linux') return false;
  try {
    return remote.has(statfs(folder).type >>> 0);
  } catch {
    // Where the folder can't be asked, opening it says why.
    return false;
  }
}
