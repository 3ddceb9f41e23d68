// Images as they are to be read, and what was found out about their files.
import type { ImageId } from '../../../shared/domain.ts';

export interface ImageFile {
  /** Relative to the root of the data set. */
  readonly path: string;
  /** SHA-256 of the bytes where the file has not changed since it was read; null: to be read. */
  readonly hash: Uint8Array | null;
}

/** An image to learn from and to score. */
export interface TrainImage extends ImageFile {
  readonly id: ImageId;
  /** Indices of its classes, ascending; empty: no label. */
  readonly label: readonly number[];
  /** Excluded images are scored, but the model does not learn from them. */
  readonly excluded: boolean;
}

export interface Finding {
  /** By its index in the request. */
  readonly image: number;
  readonly hash: Uint8Array | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Why the file can't be ranked. */
  readonly reason: string | null;
}

/** What reading images tells as it goes on. */
export interface FilesFound {
  readonly kind: 'files';
  readonly findings: readonly Finding[];
}
