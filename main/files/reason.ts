// Says in words why a file or folder could not be read. Knows nothing of images.

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'its path is too long',
  EIO: 'the disk reports an error',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  ESTALE: 'the network drive has lost it',
  ELOOP: 'it is a symbolic link',
  ENXIO: 'it is no regular file',
  NOT_REGULAR: 'it is no regular file',
  TOO_LARGE: 'it is larger than 256 MB',
  CHANGED: 'it changed while it was read',
};

/** The code of a system error ("ENOENT"), or null where there is none. */
export function errorCode(error: unknown): string | null {
  // Not `instanceof Error`: errors of another context (node:vm) are none here.
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** "cannot be read: permission denied", "there is no such file". An error that is not the system's is thrown on: it is a bug. */
export function readFailure(error: unknown): string {
  const code = errorCode(error);
  if (code === null) throw error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  return `cannot be read: ${reasons[code] ?? code}`;
}
