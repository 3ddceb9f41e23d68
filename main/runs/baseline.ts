// What opening and ranking do first: bring the project up to date with the disk, and train the baseline where
// there is none or it is stale.
import type { RunId } from '../../shared/domain.ts';
import type { Trainer } from '../trainer/trainer.ts';
import { labelsVersion } from '../labels/labels.ts';
import { isFineTuned, latestRun, type RunRow } from '../store/runs.ts';
import { importDataset, type ImportOptions, type ImportSummary } from '../dataset/import.ts';
import type { Project } from '../project/open.ts';
import { firstBackbone } from '../features/backbone/choose.ts';
import {
  lastBackbone,
  lastBaseline,
  storeRun,
  trainProject,
  type TrainedProject,
  type TrainOptions,
} from './train.ts';
import type { Work } from '../work/work.ts';

export interface BaselineOptions extends Pick<ImportOptions, 'source' | 'who'> {
  /** Undefined: as in the last run; the default where there is none. */
  readonly backbone?: TrainOptions['backbone'];
  readonly engine?: TrainOptions['engine'];
  readonly mirrored?: TrainOptions['mirrored'];
  readonly seed?: number | undefined;
}

export interface Baseline {
  readonly summary: ImportSummary;
  readonly run: RunId;
  /** Null where the stored run is still right: then nothing was computed. */
  readonly trained: TrainedProject | null;
  /** What there is to say about the backbone that was taken. */
  readonly note: string | null;
}

export const defaultSeed = 1;

/** Imports, then trains if `always` says so, or if the last run does not fit what is asked for now. */
export async function bringUpToDate(
  project: Project,
  trainer: Trainer,
  options: BaselineOptions,
  work: Work,
  when: 'if-stale' | 'always' = 'if-stale',
): Promise<Baseline> {
  const from = performance.now();
  const summary = await importDataset(project, { source: options.source, who: options.who }, work);
  const scanSeconds = (performance.now() - from) / 1000;
  const last = latestRun(project.db);
  if (when === 'if-stale' && last && fits(last, options, labelsVersion(project.db))) {
    return { summary, run: last.id, trained: null, note: null };
  }
  const isFirst = options.backbone === undefined && lastBaseline(project.db) === null;
  const { backbone, note } = isFirst ? await firstBackbone(work) : { backbone: options.backbone, note: null };
  const trained = await trainProject(
    project,
    trainer,
    {
      backbone,
      engine: options.engine,
      mirrored: options.mirrored,
      seed: options.seed ?? last?.seed ?? defaultSeed,
    },
    work,
  );
  const run = project.store(() => storeRun(project.db, trained, scanSeconds));
  return { summary, run, trained, note };
}

/**
 * A fine-tuned run is not made anew, nor given up for the instant baseline, only because labels have changed: it stays,
 * visibly stale, until a person trains again or asks for a backbone.
 */
function fits(run: RunRow, { backbone, seed }: BaselineOptions, version: number): boolean {
  if (isFineTuned(run) && backbone === undefined && (seed === undefined || seed === run.seed)) return true;
  return (
    !isFineTuned(run) &&
    run.version === version &&
    (seed === undefined || seed === run.seed) &&
    (backbone === undefined || backbone?.path === lastBackbone(run)?.path)
  );
}
