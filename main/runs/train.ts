// Trains the baseline on the project's current labels and stores what it gave as a run. The trainer works in a
// process of its own; this is where its findings and scores meet the database.
import type { ImageId, RunId } from '../../shared/domain.ts';
import type { Trained } from '../trainer/protocol.ts';
import type { Trainer } from '../trainer/trainer.ts';
import { sameBackbone, type BackboneChoice } from '../features/backbone/choose.ts';
import type { Db } from '../store/open.ts';
import { allRuns, isFineTuned, type RunRow } from '../store/runs.ts';
import { gatherMaterial, storeScores, type Material } from './material.ts';
import type { Project } from '../project/open.ts';
import type { Work } from '../work/work.ts';

export interface TrainOptions {
  /** Undefined: that of the last run. */
  readonly backbone?: BackboneChoice | undefined;
  /** An execution provider of onnxruntime; undefined: the best that there is. */
  readonly engine?: string | undefined;
  /** Whether each image is seen in the mirror too, which takes twice the time; undefined: as in the last run with this backbone. */
  readonly mirrored?: boolean | undefined;
  readonly seed: number;
  /** Leaves out all images but these. */
  readonly only?: ReadonlySet<ImageId> | undefined;
}

/** What a training gave, with what it learned from. */
export interface TrainedProject extends Material {
  readonly trained: Trained;
  readonly backbone: BackboneChoice;
  readonly mirrored: boolean;
  readonly seed: number;
}

/**
 * Trains on the current labels.
 * @throws Failure `empty`, `bad-backbone`, `trainer`, `cancelled`; findings about files are stored all the same.
 */
export async function trainProject(
  project: Project,
  trainer: Trainer,
  options: TrainOptions,
  work: Work,
): Promise<TrainedProject> {
  const { db } = project;
  const { seed } = options;
  const backbone =
    options.backbone === undefined
      ? await sameBackbone(lastBackbone(lastBaseline(db)), work)
      : options.backbone;
  const { material, request, found } = gatherMaterial(project, options.only);
  const same = allRuns(db).findLast((run) => lastBackbone(run)?.path === backbone?.path);
  const mirrored = options.mirrored ?? same?.recipe['mirrored'] === true;
  const trained = await trainer.train(
    {
      ...request,
      backbone,
      engine: options.engine ?? null,
      side: sideOf(same),
      mirrored,
      seed,
    },
    { ...work, found },
  );
  return { trained, backbone, mirrored, seed, ...material };
}

/** Stores a training as a run, with the scores of all images. */
export function storeRun(db: Db, project: TrainedProject, scanSeconds: number): RunId {
  const { trained, backbone, mirrored, seed } = project;
  const { engine, parameters, timings } = trained;
  const { name, side, features } = trained.backbone;
  return storeScores(
    db,
    {
      seed,
      backbone: name,
      engine,
      recipe: { backbone, mirrored, side, features, parameters },
      timings: { scan: scanSeconds, ...timings },
    },
    trained,
    project,
  );
}

/** The last run of a head on features, whatever was fine-tuned since. */
export const lastBaseline = (db: Db): RunRow | null =>
  allRuns(db).findLast((run) => !isFineTuned(run)) ?? null;

/** The backbone that a run was trained with. */
export function lastBackbone(run: RunRow | null): BackboneChoice {
  const backbone = run?.recipe['backbone'];
  return backbone && typeof backbone === 'object' && 'path' in backbone && 'name' in backbone
    ? { path: String(backbone.path), name: String(backbone.name) }
    : null;
}

/** The input side that a backbone had, so that a few new images do not change the size of all. */
function sideOf(run: RunRow | undefined): number | null {
  const side = run?.recipe['side'];
  return typeof side === 'number' ? side : null;
}
