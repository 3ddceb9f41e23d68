// The data set as it is now: one table of its images, each with what is known of its file and where it stands. The only
// place that joins the two. An open project keeps the lighter rows of `presentImages` in memory, which it reads in parts.
import type { Problem } from '../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label, Verdict } from '../../shared/domain.ts';
import { allClasses, allStandings, type Standing } from '../labels/labels.ts';
import { allImages, type ImageRow } from '../store/images.ts';
import { parseLabel } from '../store/labelText.ts';
import type { Db } from '../store/open.ts';
import { prepared } from '../store/prepared.ts';

/** An image of the table. `importedLabel` came with the data set, `base` is that but for changes of classes. */
export interface DataSetImage extends ImageRow, Omit<Standing, 'image'> {}

export class DataSet {
  /** All that there ever were, in the order of their ids. */
  readonly classes: readonly ClassInfo[];
  /** Every image, problems and vanished ones too, in the order of paths. */
  readonly images: readonly DataSetImage[];
  readonly #names: ReadonlyMap<ClassId, string>;

  private constructor(classes: readonly ClassInfo[], images: readonly DataSetImage[]) {
    this.classes = classes;
    this.images = images;
    this.#names = new Map(classes.map(({ id, name }) => [id, name]));
  }

  static read(db: Db): DataSet {
    const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
    const images = allImages(db).map((row) => {
      const standing = standings.get(row.id);
      if (!standing) throw new Error(`image ${row.id} has no standing`);
      const { label, base, verdict, decidedAt } = standing;
      return { ...row, label, base, verdict, decidedAt };
    });
    return new DataSet(allClasses(db), images);
  }

  /** Those that are there and can be shown, excluded ones too. */
  get present(): DataSetImage[] {
    return this.images.filter(isPresent);
  }

  /** Those of them that belong to the cleaned set. */
  get included(): DataSetImage[] {
    return this.images.filter((image) => isPresent(image) && image.verdict !== 'exclude');
  }

  nameOf(id: ClassId): string {
    return this.#names.get(id) ?? `class ${id}`;
  }

  namesOf(label: Label): string[] {
    return label.map((id) => this.nameOf(id));
  }
}

const isPresent = ({ reason, missing }: ImageRow) => reason === null && !missing;

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

/** As `isPresent`. */
const present = 'missing = 0 AND reason IS NULL';

/** Rows that are read at a time: a few milliseconds. */
const rowsAtATime = 2000;

const presentAfter = prepared<[after: number, atMost: number], StoredPresent>(
  `SELECT id, path, split, nullif(imported_label, label), label, base, verdict, decided_at
   FROM labels JOIN images ON images.id = labels.image
   WHERE labels.image > ? AND ${present} ORDER BY labels.image LIMIT ?`,
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

const unranked = 'FROM images WHERE missing = 0 AND reason IS NOT NULL';
const countOfProblems = prepared<[], { count: number }>(`SELECT count(*) AS count ${unranked}`);

/** Files that are there and can't be ranked. */
export function countProblems(db: Db): number {
  return countOfProblems(db).get()?.count ?? 0;
}

/** These files, in the order of their paths, with the reason of each. */
export function problemsIn(db: Db): Problem[] {
  return db.prepare<[], Problem>(`SELECT path, reason ${unranked} ORDER BY path`).all();
}
