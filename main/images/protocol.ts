// What the image process is asked for, and what it answers. What arrives is checked: hostile files reach that process.
import { z } from 'zod';

/** `thumb`: small, for the grid; `full`: every pixel, for a closer look. */
export type RenderKind = 'thumb' | 'full';

export interface RenderRequest {
  /** Absolute path. */
  readonly file: string;
  readonly kind: RenderKind;
}

const picture = z.object({
  bytes: z.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array),
  contentType: z.enum(['image/webp', 'image/png', 'image/jpeg']),
});
export type Picture = Readonly<z.infer<typeof picture>>;

/** The picture, or why there is none. */
export const renderReply = z.union([picture, z.object({ reason: z.string().max(10_000) })]);
export type RenderReply = z.infer<typeof renderReply>;
