// Entry of the reading thread: reads, hashes and decodes images while the backbone holds the trainer's main thread.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { readFailure } from '../../files/reason.ts';
import { decodeSquare, places, reasonFor, withContent } from '../../images/decode.ts';
import { answerOver } from '../../process/asking.ts';
import { lineOver } from '../../process/line.ts';
import { takeTurnsFrom } from '../../process/turns.ts';
import type { Care } from './care.ts';
import { InFlight } from './inFlight.ts';

export interface ReadRequest {
  readonly file: string;
  /** Of the square to decode to, in pixels. */
  readonly side: number;
}

export interface ReadImage {
  /** SHA-256 of the file's bytes; null where they can't be read. */
  readonly hash: Uint8Array | null;
  /** Of the file; zero where they can't be read. */
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  /** Null where the file is no picture: `reason` says why. */
  readonly pixels: Uint8Array | null;
  readonly reason: string | null;
}

export interface ReadReply {
  readonly read: ReadImage;
  /** Seconds in which the thread had something to read, since it started. */
  readonly busy: number;
}

const care = workerData as Care | null;
const inFlight = care && new InFlight(care.inFlight);
const suspects = new Set(care?.suspects);
const deadly = new Map(care?.deadly.map(({ file, reason }) => [file, reason]));
const nothing = { hash: null, bytes: 0, width: null, height: null, pixels: null };
let reading = 0;
let since = 0;
let busy = 0;

if (parentPort) {
  const line = lineOver(parentPort);
  takeTurnsFrom(line);
  answerOver(line, async ({ file, side }: ReadRequest): Promise<ReadReply> => {
    if (reading++ === 0) since = performance.now();
    // A suspect takes every place: nothing else is decoded beside it.
    const image = await places.within(suspects.has(file) ? places.size : 1, () => read(file, side));
    const now = performance.now();
    busy += (now - since) / 1000;
    since = now;
    reading -= 1;
    return { read: image, busy };
  });
}

async function read(file: string, side: number): Promise<ReadImage> {
  try {
    return await withContent(file, (bytes) => decode(file, bytes, side));
  } catch (error) {
    return { ...nothing, reason: readFailure(error) };
  }
}

/** Hash and pixels of the same bytes, whatever becomes of the file meanwhile. */
async function decode(file: string, bytes: Buffer, side: number): Promise<ReadImage> {
  const content = { hash: createHash('sha256').update(bytes).digest(), bytes: bytes.length };
  const verdict = deadly.get(file);
  if (verdict !== undefined) return { ...nothing, ...content, reason: verdict };
  const end = inFlight?.begin(file);
  try {
    return { ...content, ...(await decodeSquare(bytes, side)), reason: null };
  } catch (error) {
    return { ...nothing, ...content, reason: reasonFor(error) };
  } finally {
    end?.();
    // It did no harm alone.
    suspects.delete(file);
  }
}
