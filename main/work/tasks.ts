// What a project's background tasks say: what is done, in which unit, and how one ended that did not go well.
import type { MoveTarget, Task } from '../../shared/contract.ts';
import { Failure, type FailureData } from '../../shared/failure.ts';
import type { BaselinePhase } from '../runs/baseline.ts';

export type TaskStart = Pick<Task, 'kind' | 'title' | 'unit'>;

/** Reports progress of the running task; the title may change with each phase. */
export type Report = (start: TaskStart, done: number, total: number | null) => void;

export const downloading: TaskStart = { kind: 'download', title: 'Downloading weights', unit: 'bytes' };

export const phases: Record<BaselinePhase, TaskStart> = {
  import: { kind: 'import', title: 'Looking at files', unit: 'files' },
  patches: { kind: 'features', title: 'Learning patch filters', unit: 'images' },
  features: { kind: 'features', title: 'Reading images', unit: 'images' },
  download: downloading,
  head: { kind: 'train', title: 'Fitting the head', unit: '%' },
  pixels: { kind: 'features', title: 'Presizing images', unit: 'images' },
  rate: { kind: 'train', title: 'Looking for the learning rate', unit: '%' },
  training: { kind: 'train', title: 'Fine-tuning', unit: 'images' },
  scoring: { kind: 'train', title: 'Scoring', unit: 'images' },
};
export const exporting: TaskStart = { kind: 'export', title: 'Writing', unit: 'images' };

export const moving: Record<MoveTarget, TaskStart> = {
  trash: { kind: 'move', title: 'Moving excluded images out', unit: 'images' },
  dataset: { kind: 'move', title: 'Putting images back', unit: 'images' },
  'system-trash': { kind: 'move', title: "Moving to the system's trash", unit: 'images' },
};

export function toFailure(error: unknown): FailureData {
  if (error instanceof Failure) return { code: error.code, message: error.message };
  console.error(error);
  return {
    code: 'internal',
    message: `Something unexpected happened (${error instanceof Error ? error.message : String(error)}). Your labels are stored.`,
  };
}
