// Thumbnails and pictures for the page, decoded in a process that may die, and thumbnails kept on disk by content.
// Everything is re-encoded: a user's bytes never reach the page.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure } from '../../shared/failure.ts';
import { makeWhole } from '../files/whole.ts';
import type { Child, Spawn } from '../process/child.ts';
import { Supervisor } from '../process/supervisor.ts';
import type { RenderKind, RenderReply, RenderRequest } from './protocol.ts';

export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
}

interface Wish {
  readonly file: string;
  readonly kind: RenderKind;
  /** The process died once while it had this to do among others: now it gets it alone, so that one that kills is found out. */
  readonly isSuspect: boolean;
  resolve(picture: Picture): void;
  reject(error: unknown): void;
}

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
  readonly #waiting: Wish[] = [];
  /** What the process has to do. */
  readonly #pending = new Map<number, Wish>();
  #child: Child | null = null;
  #nextId = 1;
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
    this.#child?.kill();
  }

  #render(file: string, kind: RenderKind): Promise<Picture> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ file, kind, isSuspect: false, resolve, reject });
      this.#send();
    });
  }

  #send(): void {
    try {
      for (let [next] = this.#waiting; next && this.#mayBegin(next); [next] = this.#waiting) {
        this.#child ??= this.#start();
        this.#waiting.shift();
        const id = this.#nextId++;
        this.#pending.set(id, next);
        this.#child.send({ id, file: next.file, kind: next.kind } satisfies RenderRequest);
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    }
  }

  #mayBegin({ isSuspect }: Wish): boolean {
    const [first] = this.#pending.values();
    return !first || !(isSuspect || first.isSuspect);
  }

  #start(): Child {
    const child = this.#supervisor.start(new URL('./process.ts', import.meta.url));
    child.onMessage((message) => {
      this.#hasWorked = true;
      const reply = message as RenderReply;
      const wish = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if ('bytes' in reply) wish?.resolve({ bytes: reply.bytes, contentType: reply.contentType });
      else wish?.reject(cannotBeShown(wish.file, reply.reason));
      this.#send();
    });
    child.onExit((reason) => {
      this.#child = null;
      const pending = [...this.#pending.values()];
      this.#pending.clear();
      if (this.#isClosed || pending[0]?.isSuspect) {
        for (const { file, reject } of pending) reject(cannotBeShown(file, `its decoder ended (${reason})`));
        // Then the cause is known. A process that never made a picture dies of something else.
        if (this.#hasWorked) this.#supervisor.forgive();
      } else {
        this.#waiting.unshift(...pending.map((wish) => ({ ...wish, isSuspect: true })));
      }
      this.#send();
    });
    return child;
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
