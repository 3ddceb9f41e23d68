// Tells what a file is by its first bytes, never by its name. Decodes nothing: an image that is damaged further on
// still counts as one here.
import { fileTypeFromBuffer } from 'file-type';
import { readFailure } from '../files/reason.ts';
import { openRegular } from '../files/open.ts';

/** The formats that are ranked. */
export const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const;
export type Format = (typeof formats)[number];

export type Kind =
  | { readonly ok: true; readonly format: Format }
  /** `unread`: the file could not be opened, so it may be an image after all. */
  | { readonly ok: false; readonly reason: string; readonly unread: boolean };

/** What file-type needs to tell its formats apart. */
const headBytes = 4100;

/** Reads at most the first 4,100 bytes of `file` (absolute) and tells its kind. Never throws for what a file may be. */
export async function sniff(file: string): Promise<Kind> {
  try {
    return await kindOf(await readHead(file));
  } catch (error) {
    return { ok: false, reason: readFailure(error), unread: true };
  }
}

async function readHead(file: string): Promise<Buffer> {
  await using handle = await openRegular(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}

async function kindOf(head: Buffer): Promise<Kind> {
  if (head.length === 0) return no('empty file');
  const format = signature(head);
  if (format !== null && format !== 'tiff') return { ok: true, format };
  const type = await fileTypeFromBuffer(head);
  // Raw photos are TIFF by their signature. Where file-type cannot tell (the directory lies further on), it is a TIFF.
  if (format === 'tiff' && (type === undefined || type.ext === 'tif')) return { ok: true, format };
  if (type?.mime.startsWith('image/')) return no(`format not supported: ${type.ext.toUpperCase()}`);
  const text = head.toString('latin1');
  if (/^(\xef\xbb\xbf)?\s*<(svg|\?xml|!--|!doctype svg)/i.test(text) && /<svg[\s>]/i.test(text))
    return no('format not supported: SVG');
  const netpbm = /^P([1-6])\s+[#\d]/.exec(text)?.[1];
  if (netpbm !== undefined) return no(`format not supported: ${['PPM', 'PBM', 'PGM'][Number(netpbm) % 3]}`);
  return no('not an image');
}

/**
 * The signatures of the ranked formats. file-type reads further into some of them and gives up where they are damaged
 * or where a TIFF's directory lies beyond the head; whether an image can be decoded is the decoder's to say.
 */
function signature(head: Buffer): Format | null {
  const text = head.toString('latin1', 0, 12);
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (/^GIF8[79]a/.test(text)) return 'gif';
  if (/^RIFF[^]{4}WEBP/.test(text)) return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.slice(4, 8) === 'ftyp') {
    // The box's size comes first; its brands, four bytes each, follow the name.
    const brands = head.toString('latin1', 8, Math.min(head.readUInt32BE(0), head.length));
    if (/^(.{4})*?avi[fs]/s.test(brands)) return 'avif';
  }
  return null;
}

function no(reason: string): Kind {
  return { ok: false, reason, unread: false };
}
