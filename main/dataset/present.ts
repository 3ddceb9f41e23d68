// The images that are there and can be shown, with where they stand: what an open project keeps in memory of each. The
// rest of an image's row is read when it is asked for.
import type { ImageId, Label, Verdict } from '../../shared/domain.ts';
import { parseLabel } from '../labels/labels.ts';
import type { Db } from '../store/open.ts';
import { prepared } from '../store/prepared.ts';

export interface PresentImage {
  readonly id: ImageId;
  readonly path: string;
  readonly split: string | null;
  readonly importedLabel: Label;
  readonly label: Label;
  /** The label that it has without a verdict. */
  readonly base: Label;
  readonly verdict: Verdict | null;
  /** Milliseconds since 1970; null without a verdict. */
  readonly decidedAt: number | null;
}

type StoredPresent = [
  id: ImageId,
  path: string,
  split: string | null,
  /** Null where it is the label. */
  imported: string | null,
  label: string,
  base: string | null,
  verdict: Verdict | null,
  decidedAt: number | null,
];

const isPresent = 'missing = 0 AND reason IS NULL';

/** Rows that are read at a time: a few milliseconds. */
const rowsAtATime = 2000;

const presentAfter = prepared<[after: number, atMost: number], StoredPresent>(
  `SELECT id, path, split, nullif(imported_label, label), label, base, verdict, decided_at
   FROM labels JOIN images ON images.id = labels.image
   WHERE labels.image > ? AND ${isPresent} ORDER BY labels.image LIMIT ?`,
);

/** In the order of their ids, in parts, so that other work can be done between them. */
export function* presentImages(db: Db): Generator<PresentImage[], void> {
  let part: PresentImage[] = [];
  do {
    part = presentAfter(db)
      .raw()
      .all(part.at(-1)?.id ?? 0, rowsAtATime)
      .map(toPresent);
    yield part;
  } while (part.length === rowsAtATime);
}

function toPresent([
  id,
  path,
  split,
  imported,
  label,
  base,
  verdict,
  decidedAt,
]: StoredPresent): PresentImage {
  const now = parseLabel(label);
  const importedLabel = imported === null ? now : parseLabel(imported);
  return {
    id,
    path,
    split,
    importedLabel,
    label: now,
    base: base === null ? importedLabel : parseLabel(base),
    verdict,
    decidedAt,
  };
}

/** Those whose content is there more than once. */
export function repeatedImages(db: Db): ImageId[] {
  return db
    .prepare<[], ImageId>(
      `SELECT id FROM images WHERE ${isPresent} AND hash IN
         (SELECT hash FROM images WHERE ${isPresent} AND hash IS NOT NULL GROUP BY hash HAVING count(*) > 1)`,
    )
    .pluck()
    .all();
}

const problems = prepared<[], { count: number }>(
  'SELECT count(*) AS count FROM images WHERE missing = 0 AND reason IS NOT NULL',
);

/** Files that are there and can't be ranked. */
export function countProblems(db: Db): number {
  return problems(db).get()?.count ?? 0;
}
