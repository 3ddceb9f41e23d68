// What a fine-tuning was asked for, kept until it is done: one that was cut off can be gone on with by the same request,
// also after the app was closed.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LearningRequest } from '../../shared/training.ts';
import { writeWhole } from '../files/whole.ts';
import { learningRequest } from '../trainer/trainingSchemas.ts';
import type { Project } from '../project/open.ts';

const fileOf = ({ folder }: Pick<Project, 'folder'>) => join(folder, 'cache', 'fine-tuning.json');

export function rememberUnfinished(project: Pick<Project, 'folder'>, request: LearningRequest): void {
  const file = fileOf(project);
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeWhole(file, JSON.stringify(request));
  } catch {
    // No room for it: the training itself says so. Without it, the same options are to be given again.
  }
}

export function forgetUnfinished(project: Pick<Project, 'folder'>): void {
  rmSync(fileOf(project), { force: true });
}

/** Null where none was cut off, or what was written is not whole. */
export function readUnfinished(project: Pick<Project, 'folder'>): LearningRequest | null {
  try {
    return learningRequest.parse(JSON.parse(readFileSync(fileOf(project), 'utf8')));
  } catch {
    return null;
  }
}
