// A store with a few images in it, for the tests of labels: no files, no pictures, only rows.
import type { ClassId, Decision, ImageId } from '../../shared/domain.ts';
import { insertImage } from '../store/images.ts';
import { decide, ensureClass, type Standing } from '../labels/labels.ts';
import type { Db } from '../store/open.ts';
import { putProject } from '../store/project.ts';

export interface Rows {
  readonly images: readonly ImageId[];
  readonly rose: ClassId;
  readonly tulip: ClassId;
  readonly violet: ClassId;
}

/** Makes three classes, and so many images that are all labelled `rose`. */
export function insertRoses(db: Db, count: number): Rows {
  putProject(db, { dataset: '/flowers', source: {}, multiLabel: false });
  const [rose, tulip, violet] = ['rose', 'tulip', 'violet'].map((name) => ensureClass(db, name).id);
  if (!rose || !tulip || !violet) throw new Error('the classes were not made');
  const images = db.transaction(() =>
    Array.from({ length: count }, (_, i) =>
      insertImage(db, {
        path: `rose/${i}.png`,
        size: 100 + i,
        mtimeMs: 1,
        ino: i + 1,
        format: 'png',
        split: null,
        importedLabel: [rose],
        reason: null,
      }),
    ),
  )();
  return { images, rose, tulip, violet };
}

/** One decision about some images, as one step. */
export function decideOn(db: Db, images: readonly ImageId[], decision: Decision): Standing[] {
  return decide(db, {
    decisions: images.map((image) => ({ image, decision })),
    who: 'someone',
    what: `${decision.verdict} ${images.length}`,
    context: () => ({ run: null, rank: null, loss: null }),
  });
}
