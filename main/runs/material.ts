// What the instant training and fine-tuning have in common: what they learn from, and how their scores become a run.
import { join } from 'node:path';
import type { ClassId, ClassInfo, ImageId, RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import type { ShownImage } from '../networks/batches/showBatch.ts';
import type { Finding, TrainImage, Trained, TrainRequest } from '../trainer/protocol.ts';
import { allImages, storeFacts, type ImageRow } from '../store/images.ts';
import { allClasses, allStandings, labelsVersion, type Standing } from '../labels/labels.ts';
import type { Db } from '../store/open.ts';
import { getProject } from '../store/project.ts';
import { insertRun, type RunRow } from '../store/runs.ts';
import type { Project } from '../project/open.ts';

/** What the trainer learns from. */
export interface Material {
  /** The labels and verdicts that were trained on, and their version. People may have gone on meanwhile. */
  readonly standings: ReadonlyMap<ImageId, Standing>;
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
  readonly onFindings: (findings: readonly Finding[]) => void;
} {
  const { db, root, folder } = project;
  const rows = rankableImages(project, only);
  const classes = allClasses(db);
  const indexOf = new Map(classes.map(({ id }, index) => [id, index]));
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  return {
    material: { standings, version: labelsVersion(db) },
    classes,
    request: {
      root,
      cacheFolder: join(folder, 'cache'),
      images: rows.map((row) => toTrainImage(row, standings.get(row.id), indexOf)),
      classes: classes.map(({ id }) => id),
      multiLabel: getProject(db)?.multiLabel ?? false,
    },
    onFindings: (findings) =>
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

/** The images that are there and are pictures. @throws Failure `empty` */
function rankableImages({ db, dataset }: Project, only?: ReadonlySet<ImageId>): ImageRow[] {
  const rows = allImages(db).filter(
    ({ id, reason, missing }) => reason === null && !missing && (only?.has(id) ?? true),
  );
  if (rows.length > 0) return rows;
  throw new Failure('empty', `${dataset} has no image that can be ranked. Import it again when it has some.`);
}

function toTrainImage(
  row: ImageRow,
  standing: Standing | undefined,
  indexOf: ReadonlyMap<ClassId, number>,
): TrainImage {
  return {
    id: row.id,
    path: row.path,
    hash: row.hash,
    label: (standing?.label ?? []).flatMap((id) => indexOf.get(id) ?? []),
    excluded: standing?.verdict === 'exclude',
  };
}

/** What is learned from, with the label as people read it: no excluded image, none with a known problem. @throws Failure `empty` */
export function labelledImages({ db, dataset }: Project): readonly ShownImage[] {
  const nameOf = new Map(allClasses(db).map(({ id, name }) => [id, name]));
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  const images = allImages(db).flatMap(({ id, path, hash, reason, missing }) => {
    const standing = standings.get(id);
    if (reason !== null || missing || !standing || standing.verdict === 'exclude') return [];
    const label = standing.label.map((name) => nameOf.get(name) ?? '').join(' | ');
    return label === '' ? [] : [{ path, hash, label }];
  });
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
