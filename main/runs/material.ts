// What the instant training and fine-tuning have in common: what they learn from, and how their scores become a run.
import { join } from 'node:path';
import type { ClassId, ClassInfo, ImageId, RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { DataSet } from '../dataset/dataset.ts';
import { Indices } from '../dataset/indices.ts';
import type { FilesFound } from '../features/extraction/images.ts';
import type { ShownImage } from '../networks/index.ts';
import type { Trained, TrainRequest } from '../trainer/protocol.ts';
import { storeFacts } from '../store/images.ts';
import { labelsVersion, type Standing } from '../labels/labels.ts';
import type { Db } from '../store/open.ts';
import { getProject } from '../store/project.ts';
import { insertRun, type RunRow } from '../store/runs.ts';
import type { Project } from '../project/open.ts';

/** What the trainer learns from. */
export interface Material {
  /** The labels and verdicts that were trained on, and their version. People may have gone on meanwhile. */
  readonly standings: ReadonlyMap<ImageId, Pick<Standing, 'label' | 'verdict'>>;
  readonly version: number;
}

/**
 * The images and labels as they are now. @param only leaves out all images but these.
 * @throws Failure `empty`
 */
export function gatherMaterial(
  project: Project,
  only?: ReadonlySet<ImageId>,
): {
  readonly material: Material;
  readonly classes: readonly ClassInfo[];
  readonly request: Pick<TrainRequest, 'root' | 'cacheFolder' | 'images' | 'classes' | 'multiLabel'>;
  /** Stores what was found out about the files of the request. */
  readonly found: (found: FilesFound) => void;
} {
  const { db, root, folder } = project;
  const dataset = DataSet.read(db);
  const rows = dataset.present.filter(({ id }) => only?.has(id) ?? true);
  if (rows.length === 0)
    throw new Failure(
      'empty',
      `${project.dataset} has no image that can be ranked. Import it again when it has some.`,
    );
  const { classes } = dataset;
  const indexOf = new Indices<ClassId>(classes.map(({ id }) => id));
  return {
    material: { standings: new Map(rows.map((row) => [row.id, row])), version: labelsVersion(db) },
    classes,
    request: {
      root,
      cacheFolder: join(folder, 'cache'),
      images: rows.map(({ id, path, hash, label, verdict }) => ({
        id,
        path,
        hash,
        label: label.flatMap((given) => indexOf.get(given) ?? []),
        excluded: verdict === 'exclude',
      })),
      classes: classes.map(({ id }) => id),
      multiLabel: getProject(db)?.multiLabel ?? false,
    },
    found: ({ findings }) =>
      project.store(() =>
        storeFacts(
          db,
          findings.flatMap(({ image, ...facts }) => {
            const row = rows[image];
            return row ? { ...facts, id: row.id } : [];
          }),
        ),
      ),
  };
}

/** What is learned from, with the label as people read it: no excluded image, none with a known problem. @throws Failure `empty` */
export function labelledImages({ db, dataset }: Project): readonly ShownImage[] {
  const table = DataSet.read(db);
  const images = table.included
    .filter(({ label }) => label.length > 0)
    .map(({ path, hash, label }) => ({ path, hash, label: table.namesOf(label).join(' | ') }));
  if (images.length > 0) return images;
  throw new Failure('empty', `${dataset} has no labelled image that can be ranked.`);
}

/** Stores a run with the scores of all images. */
export function storeScores(
  db: Db,
  run: Pick<RunRow, 'seed' | 'backbone' | 'engine' | 'recipe' | 'timings'>,
  { scores, meanLoss, accuracy }: Pick<Trained, 'scores' | 'meanLoss' | 'accuracy'>,
  { version }: Material,
): RunId {
  const images = scores.images.length;
  return insertRun(db, { ...run, at: Date.now(), version, images, meanLoss, accuracy }, scores);
}
