// Fine-tunes networks on the project's current labels and stores the scores as a run, with the options verbatim, the
// curves and the notes. The processes of this work are its own: the head stays where it is.
import { join } from 'node:path';
import { z } from 'zod';
import type { BatchSheet, Problem, Training } from '../../shared/contract.ts';
import type { RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import {
  networkTitle,
  type EngineName,
  type FineTuneOptions,
  type RateFinding,
  type StepPoint,
  type TrainingCurves,
} from '../../shared/training.ts';
import type { FilesFound } from '../features/extraction/images.ts';
import type { FineTuned, FineTuneRequest, LearningFound, SummaryStep } from '../networks/index.ts';
import { Trainer } from '../trainer/trainer.ts';
import { epochSummary, fineTuneOptions, stepPoint } from '../trainer/trainingSchemas.ts';
import type { Spawn } from '../process/child.ts';
import type { Db } from '../store/open.ts';
import { allRuns, isFineTuned, type RunRow } from '../store/runs.ts';
import { attemptAll } from './attempts.ts';
import { gatherMaterial, labelledImages, storeScores, type Material } from './material.ts';
import type { Project } from '../project/open.ts';
import { TrainingRecord } from './trainingRecord.ts';
import type { Work } from '../work/work.ts';
import { forgetUnfinished, rememberUnfinished } from './unfinished.ts';

export interface FineTuneSetup {
  readonly options: FineTuneOptions;
  /** What `options.network` stands for: see `chooseNetwork`. */
  readonly weights: string;
  /** Null: the best that there is. */
  readonly engine: EngineName | null;
  readonly seed: number;
  /** Whether the next engine may take over where this one's device is lost or too small. */
  readonly allowFallback: boolean;
}

/** What a fine-tuning stores in its run's recipe. */
export interface FineTuneRecipe extends Pick<
  FineTuned,
  'device' | 'side' | 'calibration' | 'summaries' | 'recommendedEpochs' | 'model'
> {
  readonly kind: 'finetune';
  readonly options: FineTuneOptions;
  /** Thinned out. */
  readonly steps: readonly StepPoint[];
  readonly notes: readonly string[];
}

/**
 * Trains, and stores the run.
 * @throws Failure as `Trainer.fineTune`; findings about files are stored all the same, and the labels are untouched.
 */
export async function fineTuneProject(
  project: Project,
  spawn: Spawn,
  setup: FineTuneSetup,
  work: Work<LearningFound>,
  record = new TrainingRecord(),
): Promise<{ readonly run: RunId; readonly tuned: FineTuned; readonly options: FineTuneOptions }> {
  const { material, request, keep } = prepare(project, setup);
  const note = (text: string) => {
    record.note(text);
    work.note(text);
  };
  const recorded: Work<LearningFound> = {
    ...work,
    note,
    found(found) {
      if (found.kind === 'files') keep(found);
      record.take(found);
      work.found(found);
    },
  };
  const { engine: wanted, allowFallback } = setup;
  rememberUnfinished(project, { options: setup.options, engine: wanted, allowFallback });
  const { result: tuned, request: done } = await attemptAll(request, { allowFallback, note }, (attempt) =>
    withTrainer(spawn, (trainer) => trainer.fineTune(attempt, recorded)),
  );
  const { options } = done;
  const { engine, device, side, timings } = tuned;
  const { calibration, summaries, recommendedEpochs, model } = tuned;
  const better = betterBaseline(project.db, material, tuned.accuracy);
  if (better) {
    const [instant, finely] = [better, tuned].map(({ accuracy }) => `${(100 * accuracy).toFixed(1)} %`);
    note(
      `The baseline, run ${better.id}, agrees with ${instant} of these labels, the networks with ${finely}: trust its ranking rather than this one. Retrain the baseline to go back to it.`,
    );
  }
  const recipe: FineTuneRecipe = {
    kind: 'finetune',
    options,
    device,
    side,
    calibration,
    summaries,
    recommendedEpochs,
    model,
    steps: record.steps,
    notes: record.notes,
  };
  const run = project.store(() =>
    storeScores(
      project.db,
      { seed: setup.seed, backbone: networkTitle(options.network), engine, recipe: { ...recipe }, timings },
      tuned,
      material,
    ),
  );
  forgetUnfinished(project);
  return { run, tuned, options };
}

/** The last baseline on the same labels, where it is right more often. Both score images that they never saw. */
function betterBaseline(db: Db, { version }: Material, accuracy: number): RunRow | null {
  const last = allRuns(db).findLast((run) => !isFineTuned(run) && run.version === version);
  return last && last.accuracy > accuracy ? last : null;
}

/** How a run's networks were trained. @throws Failure `bad-request` where none were. */
export function trainingOf(run: RunRow): Training {
  if (!isFineTuned(run)) {
    throw new Failure(
      'bad-request',
      `Run ${run.id} is a baseline: there are no curves, its head is fitted in one go.`,
    );
  }
  const recipe = storedTraining.parse(run.recipe);
  const { options, device, recommendedEpochs, notes = [`${run.engine}: ${device}`] } = recipe;
  return { options, notes, curves: curvesOf(options, recipe), recommendedEpochs };
}

const storedTraining = z.object({
  options: fineTuneOptions,
  device: z.string(),
  summaries: z.array(epochSummary),
  recommendedEpochs: z.int().nullable(),
  // Runs of earlier versions have neither.
  steps: z.array(stepPoint).default([]),
  notes: z.array(z.string()).exactOptional(),
});

export function curvesOf(
  { folds, epochs, freezeEpochs }: FineTuneOptions,
  { summaries, steps }: Pick<TrainingCurves, 'summaries' | 'steps'>,
): TrainingCurves {
  return { folds, epochs: freezeEpochs + epochs, freezeEpochs, summaries, steps };
}

/** The folder of the network that was fine-tuned last; null where none was. */
export function fineTunedModel(db: Db): string | null {
  const model = allRuns(db).findLast(isFineTuned)?.recipe['model'];
  return typeof model === 'string' ? model : null;
}

/** Looks for the learning rate; stores nothing but what was found out about files. @throws as `fineTuneProject` */
export function findProjectRate(
  project: Project,
  spawn: Spawn,
  setup: FineTuneSetup,
  work: Work<LearningFound>,
): Promise<RateFinding> {
  const { request, keep } = prepare(project, setup);
  const keeping: Work<LearningFound> = {
    ...work,
    found(found) {
      if (found.kind === 'files') keep(found);
      work.found(found);
    },
  };
  return withTrainer(spawn, (trainer) => trainer.findRate(request, keeping));
}

/** Walks a sample and a batch through every step up to the loss. Stores nothing. @throws as `fineTuneProject` */
export function summariseProject(
  project: Project,
  spawn: Spawn,
  setup: FineTuneSetup,
  work: Work,
): Promise<readonly SummaryStep[]> {
  const { request } = prepare(project, setup);
  return withTrainer(spawn, (trainer) => trainer.summarise(request, { ...work, found: () => {} }));
}

export interface BatchWanted {
  readonly weights: string;
  /** Of the network's input in pixels; null, and where it has one of its own: that. */
  readonly side: number | null;
  /** How many images. */
  readonly count: number;
  readonly seed: number;
  readonly epoch: number;
}

/**
 * Draws a batch as the network sees it in an epoch.
 * @throws Failure `empty` where there is nothing to draw, and as `fineTuneProject`
 */
export async function showProjectBatch(
  project: Project,
  spawn: Spawn,
  wanted: BatchWanted,
  work: Work,
): Promise<
  Pick<BatchSheet, 'labels' | 'side' | 'presized' | 'leftOut'> & { readonly bytes: Uint8Array<ArrayBuffer> }
> {
  const images = labelledImages(project);
  const leftOut: Problem[] = [];
  const found = ({ findings }: FilesFound) => {
    for (const { image, reason } of findings) {
      if (reason === null) continue;
      const path = images[image]?.path ?? '';
      leftOut.push({ path, reason });
      work.note(`${path}: ${reason}; left out`);
    }
  };
  const request = { root: project.root, cacheFolder: join(project.folder, 'cache'), images, ...wanted };
  const { sheet, labels, side, presized } = await withTrainer(spawn, (trainer) =>
    trainer.showBatch(request, { ...work, found }),
  );
  if (!sheet) {
    throw new Failure('empty', 'None of the chosen images could be decoded; show another batch.');
  }
  return { bytes: new Uint8Array(sheet), labels, side, presized, leftOut };
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
  { options, weights, engine, seed }: FineTuneSetup,
): {
  readonly material: Material;
  readonly request: FineTuneRequest;
  /** Stores what was found out about files. */
  readonly keep: (found: FilesFound) => void;
} {
  const { material, classes, request, found: keep } = gatherMaterial(project);
  const classNames = classes.map(({ name }) => name);
  return { material, request: { ...request, classNames, seed, engine, weights, options }, keep };
}
