// Fine-tunes networks on the project's current labels and stores the scores as a run, the recipe with its curves
// verbatim. The processes of this work are its own: the head stays where it is.
import type { RunId } from '../../shared/domain.ts';
import type { FineTuneOptions, RateFinding } from '../../shared/training.ts';
import type { EngineName } from '../learn/engine/names.ts';
import type { FineTuned, FineTuneRequest, LearningNews, Phase } from '../learn/protocol.ts';
import { Trainer, type LearningListeners } from '../learn/trainer.ts';
import type { Spawn } from '../process/child.ts';
import { attemptAll } from './attempts.ts';
import type { Db } from '../store/open.ts';
import { allRuns } from '../store/runs.ts';
import { gatherMaterial, storeScores, type Material } from './material.ts';
import type { Project } from './open.ts';
import { isFineTuned } from './train.ts';

export interface FineTuneProject {
  readonly options: FineTuneOptions;
  /** Null: the best that there is. */
  readonly engine: EngineName | null;
  readonly seed: number;
  /** Whether the next engine may take over where this one's device is lost or too small. */
  readonly allowFallback: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: Phase, done: number, total: number) => void;
  readonly onNews: (news: LearningNews) => void;
}

/** What a fine-tuning stores in its run's recipe. */
export interface FineTuneRecipe extends Pick<
  FineTuned,
  'device' | 'side' | 'calibration' | 'summaries' | 'recommendedEpochs' | 'model'
> {
  readonly kind: 'finetune';
  readonly options: FineTuneOptions;
}

/**
 * Trains, and stores the run.
 * @throws Failure as `Trainer.fineTune`; findings about files are stored all the same, and the labels are untouched.
 */
export async function fineTuneProject(
  project: Project,
  spawn: Spawn,
  work: FineTuneProject,
): Promise<{ readonly run: RunId; readonly tuned: FineTuned; readonly options: FineTuneOptions }> {
  const { material, request, listeners } = prepare(project, work);
  const { result: tuned, request: done } = await attemptAll(
    request,
    {
      allowFallback: work.allowFallback,
      onNote: (text) => work.onNews({ kind: 'note', text }),
    },
    (attempt) => withTrainer(spawn, (trainer) => trainer.fineTune(attempt, listeners)),
  );
  const { options } = done;
  const { scores, engine, device, network, side, timings } = tuned;
  const { calibration, summaries, recommendedEpochs, model } = tuned;
  const recipe: FineTuneRecipe = {
    kind: 'finetune',
    options,
    device,
    side,
    calibration,
    summaries,
    recommendedEpochs,
    model,
  };
  const run = project.store(() =>
    storeScores(
      project.db,
      { seed: work.seed, backbone: network, engine, recipe: { ...recipe }, timings },
      scores,
      material,
    ),
  );
  return { run, tuned, options };
}

/** The folder of the network that was fine-tuned last; null where none was. */
export function fineTunedModel(db: Db): string | null {
  const model = allRuns(db).findLast(isFineTuned)?.recipe['model'];
  return typeof model === 'string' ? model : null;
}

/** Looks for the learning rate; stores nothing but what was found out about files. @throws as `fineTuneProject` */
export function findProjectRate(project: Project, spawn: Spawn, work: FineTuneProject): Promise<RateFinding> {
  const { request, listeners } = prepare(project, work);
  return withTrainer(spawn, (trainer) => trainer.findRate(request, listeners));
}

/** A process of its own for each attempt: its memory is given back, and a lost device is lost with it. */
async function withTrainer<T>(spawn: Spawn, work: (trainer: Trainer) => Promise<T>): Promise<T> {
  const trainer = new Trainer(spawn);
  try {
    return await work(trainer);
  } finally {
    trainer.close();
  }
}

function prepare(
  project: Project,
  { options, engine, seed, signal, onProgress, onNews }: FineTuneProject,
): {
  readonly material: Material;
  readonly request: FineTuneRequest;
  readonly listeners: LearningListeners;
} {
  const { material, classes, request, onFindings } = gatherMaterial(project);
  return {
    material,
    request: { ...request, classNames: classes.map(({ name }) => name), seed, engine, options },
    listeners: { signal, onProgress, onNews, onFindings },
  };
}
