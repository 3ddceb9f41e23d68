// Which files are being decoded, written down before each begins: what a decoder was busy with when it took its process
// down is known to the next one. Outlives the process, not the machine.
import { mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Of a file's path: more than any system allows. */
const slotBytes = 8192;

export class InFlight {
  readonly #file: number;
  readonly #slots: boolean[] = [];

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#file = openSync(file, 'w');
  }

  /** @returns what notes that the file is decoded. */
  begin(path: string): () => void {
    const free = this.#slots.indexOf(false);
    const slot = free === -1 ? this.#slots.length : free;
    this.#slots[slot] = true;
    // The path ends with a zero byte: what is left of a longer one counts for nothing.
    writeSync(this.#file, `${path}\0`, slot * slotBytes);
    return () => {
      writeSync(this.#file, '\0', slot * slotBytes);
      this.#slots[slot] = false;
    };
  }
}

/** What was being decoded when the process ended. */
export function readInFlight(file: string): string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return [];
  }
  const paths: string[] = [];
  for (let start = 0; start < bytes.length; start += slotBytes) {
    const end = bytes.indexOf(0, start);
    if (end > start) paths.push(bytes.toString('utf8', start, end));
  }
  return paths;
}

export function forgetInFlight(file: string): void {
  rmSync(file, { force: true });
}
