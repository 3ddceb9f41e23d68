// The images of a project: what is on disk, what was found out about it, and which label it came with.
import type { ImageId, Label } from '../../shared/domain.ts';
import type { Format } from '../images/kind.ts';
import type { Db } from './open.ts';
import { formatLabel, parseLabel } from './labelText.ts';
import { prepared } from './prepared.ts';

export interface ImageRow {
  readonly id: ImageId;
  /** Relative to the data set's root, with `/`. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly hash: Buffer | null;
  readonly format: Format | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly split: string | null;
  readonly importedLabel: Label;
  readonly reason: string | null;
  readonly missing: boolean;
}

interface StoredImage {
  id: ImageId;
  path: string;
  size: number;
  mtime_ms: number;
  ino: number;
  hash: Buffer | null;
  format: Format | null;
  width: number | null;
  height: number | null;
  split: string | null;
  imported_label: string;
  reason: string | null;
  missing: 0 | 1;
}

const fromStored = (row: StoredImage): ImageRow => ({
  id: row.id,
  path: row.path,
  size: row.size,
  mtimeMs: row.mtime_ms,
  ino: row.ino,
  hash: row.hash,
  format: row.format,
  width: row.width,
  height: row.height,
  split: row.split,
  importedLabel: parseLabel(row.imported_label),
  reason: row.reason,
  missing: row.missing === 1,
});

/** Every row, problems and vanished files too, in the order of their paths. */
export function allImages(db: Db): ImageRow[] {
  return db.prepare<[], StoredImage>('SELECT * FROM images ORDER BY path').all().map(fromStored);
}

const imageOf = prepared<[ImageId], StoredImage>('SELECT * FROM images WHERE id = ?');

export function getImage(db: Db, id: ImageId): ImageRow | null {
  const row = imageOf(db).get(id);
  return row ? fromStored(row) : null;
}

const presentAt = prepared<[string], ImageId>('SELECT id FROM images WHERE path = ? AND missing = 0');

/** The image whose file is at a path now. */
export function presentImageAt(db: Db, path: string): ImageId | null {
  return presentAt(db).pluck().get(path) ?? null;
}

export type NewImage = Omit<ImageRow, 'id' | 'hash' | 'width' | 'height' | 'missing'>;

const newImage = prepared<[object]>(
  `INSERT INTO images (path, size, mtime_ms, ino, format, split, imported_label, reason)
   VALUES (@path, @size, @mtimeMs, @ino, @format, @split, @importedLabel, @reason)`,
);
const newLabel = prepared<[ImageId, string]>('INSERT INTO labels (image, label) VALUES (?, ?)');

export function insertImage(db: Db, image: NewImage): ImageId {
  const label = formatLabel(image.importedLabel);
  const id = Number(newImage(db).run({ ...image, importedLabel: label }).lastInsertRowid) as ImageId;
  newLabel(db).run(id, label);
  return id;
}

const changedImage = prepared<[object]>(
  `UPDATE images SET path = @path, size = @size, mtime_ms = @mtimeMs, ino = @ino, format = @format,
     split = @split, imported_label = @importedLabel, reason = @reason, missing = 0,
     hash = iif(@sameContent, hash, NULL), width = iif(@sameContent, width, NULL),
     height = iif(@sameContent, height, NULL)
   WHERE id = @id`,
);

/** What the disk says of an image that is known: a new place, new bytes, a new split, or its return. */
export function updateImage(db: Db, id: ImageId, image: NewImage, sameContent: boolean): void {
  const importedLabel = formatLabel(image.importedLabel);
  changedImage(db).run({ ...image, importedLabel, id, sameContent: Number(sameContent) });
}

const vanishedImage = prepared<[ImageId]>('UPDATE images SET missing = 1 WHERE id = ?');

export function setMissing(db: Db, id: ImageId): void {
  vanishedImage(db).run(id);
}

/** What was learned when the bytes were read: always a hash where they could be, a reason where they are no picture. */
export interface ImageFacts {
  readonly id: ImageId;
  readonly hash: Uint8Array | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly reason: string | null;
}

const newFacts = prepared<[ImageFacts]>(
  'UPDATE images SET hash = @hash, width = @width, height = @height, reason = @reason WHERE id = @id',
);

export function storeFacts(db: Db, facts: readonly ImageFacts[]): void {
  const update = newFacts(db);
  db.transaction(() => {
    for (const fact of facts) update.run(fact);
  })();
}
