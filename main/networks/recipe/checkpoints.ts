// The two latest states of a training on disk: where the last one was torn, the one before it is used.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readRecord, writeRecord, type StoredRecord } from './record.ts';

export interface Restored<T> extends StoredRecord<T> {
  /** Newer states that were damaged. */
  readonly torn: number;
}

const kept = 2;
const namePattern = /^state-(\d+)\.bin$/;

export class Checkpoints<T> {
  readonly #folder: string;

  /** Makes the folder where it is missing. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
  }

  save(record: StoredRecord<T>): void {
    const [newest = 0] = this.#generations();
    writeRecord(this.#file(newest + 1), record);
    for (const old of this.#generations().slice(kept)) rmSync(this.#file(old));
  }

  /** The newest state that is intact; null where there is none. Damaged ones are removed: the next is written after it. */
  restore(): Restored<T> | null {
    for (const [torn, generation] of this.#generations().entries()) {
      const record = readRecord<T>(this.#file(generation));
      if (record) return { ...record, torn };
      rmSync(this.#file(generation));
    }
    return null;
  }

  clear(): void {
    for (const generation of this.#generations()) rmSync(this.#file(generation));
  }

  /** Newest first. */
  #generations(): number[] {
    return readdirSync(this.#folder)
      .flatMap((name) => {
        const [, generation] = namePattern.exec(name) ?? [];
        return generation === undefined ? [] : [Number(generation)];
      })
      .toSorted((a, b) => b - a);
  }

  #file(generation: number): string {
    return join(this.#folder, `state-${generation}.bin`);
  }
}
