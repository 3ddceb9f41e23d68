// Fine-tunes networks on the project's current labels and stores the scores as a run, the recipe with its curves
// verbatim. The processes of this work are its own: the head stays where it is.
import { join } from 'node:path';
import type { RunId } from '../../shared/domain.ts';
import type { FineTuneOptions, RateFinding } from '../../shared/training.ts';
import type { EngineName } from '../learn/engine/names.ts';
import type { FineTuned, FineTuneRequest, LearningNews, Phase } from '../learn/protocol.ts';
import { Trainer, type LearningListeners } from '../learn/trainer.ts';
import type { Spawn } from '../process/child.ts';
import { storeFacts } from '../store/images.ts';
import { allClasses, allStandings, labelsVersion } from '../store/labels.ts';
import { getProject } from '../store/project.ts';
import { insertRun } from '../store/runs.ts';
import { attemptAll } from './attempts.ts';
import type { Project } from './open.ts';
import { rankableImages, toScoreRows, toTrainImage } from './train.ts';

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
  const { db } = project;
  const { request, about } = requestFor(project, work);
  const listeners = listenersFor(project, about.rows, work);
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
    insertRun(
      db,
      {
        at: Date.now(),
        version: about.version,
        seed: work.seed,
        backbone: network,
        engine,
        recipe: { ...recipe },
        timings,
        images: scores.predicted.reduce((count, best) => count + (best === -1 ? 0 : 1), 0),
        meanLoss: scores.meanLoss,
        accuracy: scores.accuracy,
      },
      toScoreRows(scores, about),
    ),
  );
  return { run, tuned, options };
}

/** Looks for the learning rate; stores nothing but what was found out about files. @throws as `fineTuneProject` */
export function findProjectRate(project: Project, spawn: Spawn, work: FineTuneProject): Promise<RateFinding> {
  const { request, about } = requestFor(project, work);
  const listeners = listenersFor(project, about.rows, work);
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

function requestFor(project: Project, { options, engine, seed }: FineTuneProject) {
  const { db } = project;
  const rows = rankableImages(project);
  const classes = allClasses(db);
  const indexOf = new Map(classes.map(({ id }, index) => [id, index]));
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  const request: FineTuneRequest = {
    root: project.root,
    cacheFolder: join(project.folder, 'cache'),
    images: rows.map((row) => toTrainImage(row, standings.get(row.id), indexOf)),
    classNames: classes.map(({ name }) => name),
    multiLabel: getProject(db)?.multiLabel ?? false,
    seed,
    engine,
    options,
  };
  return {
    request,
    about: {
      rows,
      images: rows.map(({ id }) => id),
      classes: classes.map(({ id }) => id),
      standings,
      version: labelsVersion(db),
    },
  };
}

function listenersFor(
  project: Project,
  rows: ReturnType<typeof rankableImages>,
  { signal, onProgress, onNews }: FineTuneProject,
): LearningListeners {
  return {
    signal,
    onProgress,
    onNews,
    onFindings: (findings) =>
      project.store(() =>
        storeFacts(
          project.db,
          findings.flatMap(({ image, ...facts }) => {
            const row = rows[image];
            return row ? [{ ...facts, id: row.id }] : [];
          }),
        ),
      ),
  };
}
