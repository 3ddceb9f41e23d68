// Thumbnails and pictures for the page, decoded in a process that may die, and thumbnails kept on disk by content.
// Everything is re-encoded: a user's bytes never reach the page.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { makeWhole } from '../files/whole.ts';
import type { Child, Spawn } from '../process/child.ts';
import { Asker, Ended } from '../process/asking.ts';
import { Room } from '../process/room.ts';
import { Supervisor } from '../process/supervisor.ts';
import { renderReply, type Picture, type RenderKind, type RenderRequest } from './protocol.ts';

/** Where the thumbnail of a content is kept, once it was made. */
export function thumbFile(version: string, cacheFolder: string): string {
  const name = createHash('sha256').update(version).digest('hex');
  return join(cacheFolder, 'thumbs', name.slice(0, 2), `${name.slice(2)}.webp`);
}

export async function readThumb(file: string): Promise<Picture> {
  return { bytes: new Uint8Array(await readFile(file)), contentType: 'image/webp' };
}

export class ImageService {
  readonly #supervisor: Supervisor;
  /** All that is asked for at once; what may kill the process takes all of it. */
  readonly #room = new Room(1_000);
  #process: { readonly child: Child; readonly asker: Asker } | null = null;
  #hasWorked = false;
  #isClosed = false;

  constructor(spawn: Spawn) {
    this.#supervisor = new Supervisor(spawn, 'The process that decodes images');
  }

  /**
   * A thumbnail, at most 320 px on its longer side.
   * @param version stands for the file's content; a thumbnail is made once for each.
   * @throws Failure `not-found` with the reason where the file can't be shown.
   */
  async thumb(file: string, version: string, cacheFolder: string): Promise<Picture> {
    const cached = thumbFile(version, cacheFolder);
    if (existsSync(cached)) return readThumb(cached);
    const picture = await this.#render(file, 'thumb');
    await keep(cached, picture.bytes);
    return picture;
  }

  /** The picture at its own size, without visible loss. */
  full(file: string): Promise<Picture> {
    return this.#render(file, 'full');
  }

  close(): void {
    this.#isClosed = true;
    this.#process?.child.kill();
  }

  /** @param share of the room; what the process had to do when it died is tried again alone, so that one that kills is found out. */
  async #render(file: string, kind: RenderKind, share = 1): Promise<Picture> {
    try {
      return await this.#room.within(share, () => this.#ask({ file, kind }));
    } catch (error) {
      if (!(error instanceof Ended)) throw error;
      if (share === 1 && !this.#isClosed) return this.#render(file, kind, this.#room.size);
      // Then the cause is known. A process that never made a picture dies of something else.
      if (this.#hasWorked) this.#supervisor.forgive();
      throw cannotBeShown(file, `its decoder ended (${error.reason})`);
    }
  }

  async #ask(request: RenderRequest): Promise<Picture> {
    if (!this.#process || this.#process.asker.hasEnded) {
      const child = this.#supervisor.start(new URL('./process.ts', import.meta.url));
      this.#process = { child, asker: new Asker(child) };
    }
    const reply = await this.#process.asker.ask(request, { read: (answer) => renderReply.parse(answer) });
    this.#hasWorked = true;
    if ('reason' in reply) throw cannotBeShown(request.file, reply.reason);
    return reply;
  }
}

async function keep(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await makeWhole(file, (unfinished) => writeFile(unfinished, bytes));
  } catch {
    // No room for it: the thumbnail is shown all the same, and made again the next time.
  }
}

const cannotBeShown = (file: string, reason: string) =>
  new Failure('not-found', `${file} can't be shown: ${reason}.`);
