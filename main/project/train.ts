// Trains the baseline on the project's current labels and stores what it gave as a run. The trainer works in a
// process of its own; this is where its findings and scores meet the database.
import { join } from 'node:path';
import type { ClassId, ImageId, RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import type { Phase, Trained, TrainImage, TrainScores } from '../learn/protocol.ts';
import type { Trainer } from '../learn/trainer.ts';
import { allImages, storeFacts, type ImageRow } from '../store/images.ts';
import { allClasses, allStandings, labelsVersion, type Standing } from '../store/labels.ts';
import type { Db } from '../store/open.ts';
import { getProject } from '../store/project.ts';
import { allRuns, insertRun, type RunRow, type ScoreRow } from '../store/runs.ts';
import type { Project } from './open.ts';

/** An ONNX model, or null for patch features that are learned from the data set. */
export type BackboneChoice = { readonly path: string; readonly name: string } | null;

export interface TrainOptions {
  /** Undefined: that of the last run. */
  readonly backbone?: BackboneChoice | undefined;
  /** An execution provider of onnxruntime; undefined: the best that there is. */
  readonly engine?: string | undefined;
  readonly seed: number;
  /** Leaves out all images but these. */
  readonly only?: ReadonlySet<ImageId> | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: Phase, done: number, total: number) => void;
}

/** What a training gave, with what its arrays are about. */
export interface TrainedProject {
  readonly trained: Trained;
  readonly backbone: BackboneChoice;
  readonly seed: number;
  /** The images of the trainer's request, in its order. */
  readonly images: readonly ImageId[];
  /** Classes by the index that the trainer knows them by. */
  readonly classes: readonly ClassId[];
  /** The labels and verdicts that were trained on, and their version. People may have gone on meanwhile. */
  readonly standings: ReadonlyMap<ImageId, Standing>;
  readonly version: number;
}

/**
 * Trains on the current labels.
 * @throws Failure `empty`, `bad-backbone`, `trainer`, `cancelled`; findings about files are stored all the same.
 */
export async function trainProject(
  project: Project,
  trainer: Trainer,
  options: TrainOptions,
): Promise<TrainedProject> {
  const { db } = project;
  const { seed, signal, onProgress } = options;
  const backbone =
    options.backbone === undefined
      ? lastBackbone(allRuns(db).findLast((run) => !isFineTuned(run)) ?? null)
      : options.backbone;
  const rows = rankableImages(project, options.only);
  const classes = allClasses(db).map(({ id }) => id);
  const indexOf = new Map(classes.map((id, index) => [id, index]));
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  const version = labelsVersion(db);

  const trained = await trainer.train(
    {
      root: project.root,
      cacheFolder: join(project.folder, 'cache'),
      backbone,
      engine: options.engine ?? null,
      side: lastSide(allRuns(db), backbone),
      images: rows.map((row) => toTrainImage(row, standings.get(row.id), indexOf)),
      classes: classes.length,
      multiLabel: getProject(db)?.multiLabel ?? false,
      seed,
    },
    {
      signal,
      onProgress,
      onFindings: (findings) =>
        project.store(() =>
          storeFacts(
            db,
            findings.flatMap(({ image, ...facts }) => {
              const row = rows[image];
              return row ? [{ ...facts, id: row.id }] : [];
            }),
          ),
        ),
    },
  );

  return { trained, backbone, seed, images: rows.map(({ id }) => id), classes, standings, version };
}

/** The images that are there and are pictures. @throws Failure `empty` */
export function rankableImages({ db, dataset }: Project, only?: ReadonlySet<ImageId>): ImageRow[] {
  const rows = allImages(db).filter(
    ({ id, reason, missing }) => reason === null && !missing && (only?.has(id) ?? true),
  );
  if (rows.length > 0) return rows;
  throw new Failure('empty', `${dataset} has no image that can be ranked. Import it again when it has.`);
}

/** Stores a training as a run, with the scores of all images. */
export function storeRun(db: Db, project: TrainedProject, scanSeconds: number): RunId {
  const { trained, backbone, seed, version } = project;
  const { scores } = trained;
  return insertRun(
    db,
    {
      at: Date.now(),
      version,
      seed,
      backbone: trained.backbone.name,
      engine: trained.engine,
      recipe: {
        backbone,
        side: trained.backbone.side,
        features: trained.backbone.features,
        parameters: trained.parameters,
      },
      timings: { scan: scanSeconds, ...trained.timings },
      images: scores.predicted.reduce((count, best) => count + (best === -1 ? 0 : 1), 0),
      meanLoss: scores.meanLoss,
      accuracy: scores.accuracy,
    },
    toScoreRows(scores, project),
  );
}

export function toTrainImage(
  row: ImageRow,
  standing: Standing | undefined,
  indexOf: ReadonlyMap<ClassId, number>,
): TrainImage {
  return {
    path: row.path,
    hash: row.hash,
    label: (standing?.label ?? []).flatMap((id) => indexOf.get(id) ?? []),
    excluded: standing?.verdict === 'exclude',
  };
}

/** The trainer's arrays as rows of the store; images without a score have none. */
export function* toScoreRows(
  scores: TrainScores,
  { images, classes, standings }: Pick<TrainedProject, 'images' | 'classes' | 'standings'>,
): Generator<ScoreRow> {
  for (const [i, image] of images.entries()) {
    const predicted = classes[scores.predicted[i] ?? -1];
    if (predicted === undefined) continue;
    const suggestions = [];
    for (let s = i * scores.perImage; s < (i + 1) * scores.perImage; s++) {
      const suggested = classes[scores.suggestedClasses[s] ?? -1];
      const probability = scores.suggestedProbabilities[s];
      if (suggested !== undefined && probability !== undefined) {
        suggestions.push({ class: suggested, probability: rounded(probability) });
      }
    }
    yield {
      image,
      loss: known(scores.loss[i]),
      probability: known(scores.probability[i]),
      predicted,
      label: standings.get(image)?.label ?? [],
      suggestions,
    };
  }
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : rounded(value));

/** Six significant digits: what a single-precision score has to say. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** Whether the run's scores come from networks that were trained, not from features and a head. */
export const isFineTuned = ({ recipe }: Pick<RunRow, 'recipe'>) => recipe['kind'] === 'finetune';

/** The backbone that a run was trained with. */
export function lastBackbone(run: RunRow | null): BackboneChoice {
  const backbone = run?.recipe['backbone'];
  return backbone && typeof backbone === 'object' && 'path' in backbone && 'name' in backbone
    ? { path: String(backbone.path), name: String(backbone.name) }
    : null;
}

/** The input side that this backbone had, so that a few new images do not change the size of all. */
function lastSide(runs: readonly RunRow[], backbone: BackboneChoice): number | null {
  const same = runs.findLast((run) => lastBackbone(run)?.path === backbone?.path);
  const side = same?.recipe['side'];
  return typeof side === 'number' ? side : null;
}
