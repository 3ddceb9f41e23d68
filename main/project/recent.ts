// The projects that were open last, for the start page. A list in a file of the user's data directory; losing it loses
// nothing but the shortcut.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../files/whole.ts';
import type { AddressOf } from '../images/addresses.ts';
import type { ProjectId, ProjectState, RecentProject } from '../../shared/contract.ts';

const shown = 12;

const entrySchema = z.object({
  id: z.string().transform((id) => id as ProjectId),
  dataset: z.string(),
  name: z.string(),
  openedAt: z.number(),
  images: z.number(),
  reviewed: z.number(),
  suspects: z.number().nullable(),
  /** Files of thumbnails that Toploss made. */
  previews: z.array(z.string()).default([]),
});

type Entry = z.infer<typeof entrySchema>;

export class RecentProjects {
  readonly #file: string;
  #entries: Entry[];

  constructor(file: string) {
    this.#file = file;
    this.#entries = read(file);
  }

  list(addressOf: AddressOf): RecentProject[] {
    return this.#entries.map((entry) => ({
      ...entry,
      missing: !existsSync(entry.dataset),
      previews: entry.previews.flatMap((file, n) =>
        existsSync(file) ? [addressOf('preview', entry.id, n)] : [],
      ),
    }));
  }

  /** The thumbnail behind an address that `list` gave; null where there is none any more. */
  preview(id: string, n: number): string | null {
    return this.#entries.find((entry) => entry.id === id)?.previews[n] ?? null;
  }

  /** Puts a project at the top, with its counts and worst images as they are now. */
  put(state: ProjectState, previews: readonly string[]): void {
    const { id, dataset, name, images, verdicts } = state;
    const entry = {
      id,
      dataset,
      name,
      openedAt: Date.now(),
      images,
      reviewed: images - verdicts.none,
      suspects: state.run && state.classes.reduce((sum, { suspects }) => sum + suspects, 0),
      previews: [...previews],
    };
    this.#entries = [entry, ...this.#entries.filter((other) => other.dataset !== dataset)].slice(0, shown);
    this.#write();
  }

  forget(dataset: string): void {
    this.#entries = this.#entries.filter((entry) => entry.dataset !== dataset);
    this.#write();
  }

  #write(): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      writeWhole(this.#file, JSON.stringify(this.#entries, null, 2));
    } catch (error) {
      // A full disk must not get in the way of a verdict for the sake of a shortcut.
      console.error(`The list of recent projects could not be written: ${String(error)}`);
    }
  }
}

function read(file: string): Entry[] {
  try {
    return z.array(entrySchema).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Not there yet, or not ours to read: an empty list is what a newcomer has.
    return [];
  }
}
