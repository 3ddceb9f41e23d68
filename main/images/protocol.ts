// What the image process is asked for, and what it answers.

/** `thumb`: small, for the grid; `full`: every pixel, for a closer look. */
export type RenderKind = 'thumb' | 'full';

export interface RenderRequest {
  readonly id: number;
  /** Absolute path. */
  readonly file: string;
  readonly kind: RenderKind;
}

export type RenderReply =
  | { readonly id: number; readonly bytes: Uint8Array<ArrayBuffer>; readonly contentType: string }
  | { readonly id: number; readonly reason: string };
