// Projects of small data sets, imported and trained as the app and the command line do it.
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import type { ImageId } from '../../shared/domain.ts';
import { Trainer } from '../trainer/trainer.ts';
import type { Child } from '../process/child.ts';
import { spawnChild } from '../process/fork.ts';
import { importDataset, type ImportSummary } from '../dataset/import.ts';
import { openProject, type Project } from '../project/open.ts';
import { trainProject, type TrainedProject, type TrainOptions } from '../runs/train.ts';
import { allImages, type ImageRow } from '../store/images.ts';
import { allClasses, getStanding } from '../labels/labels.ts';
import type { LabelSource } from '../store/project.ts';
import { temporaryFolder } from './folder.ts';
import { drawFlowers, type Flower } from './images.ts';
import { unfollowed, type Work } from '../work/work.ts';

export interface TestProject {
  /** The data set, `flowers`; the project lies beside it. */
  readonly root: string;
  readonly project: Project;
}

/** A new data set and its project, not yet imported. The project is closed when the test ends. */
export async function newProject(perClass: number, classes?: readonly Flower[]): Promise<TestProject> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, perClass, classes);
  return { root, project: opened(root) };
}

/** Opens a data set until the test ends. */
export function opened(dataset: string): Project {
  const project = openProject(dataset);
  onTestFinished(() => project.close());
  return project;
}

export function importNow(project: Project, source?: LabelSource): Promise<ImportSummary> {
  return importDataset(project, { source, who: 'someone' }, unfollowed());
}

export function rowAt(project: Project, path: string): ImageRow {
  const row = allImages(project.db).find((candidate) => candidate.path === path && !candidate.missing);
  if (!row) throw new Error(`there is no ${path}`);
  return row;
}

/** "rose", or "rose relabel" where there is a verdict: what the store says of the image at a path. */
export function standingAt(project: Project, path: string): string {
  const { label, verdict } = getStanding(project.db, rowAt(project, path).id);
  const names = new Map(allClasses(project.db).map(({ id, name }) => [id, name]));
  return [label.map((id) => names.get(id)).join('|'), ...(verdict === null ? [] : [verdict])].join(' ');
}

export function idAt(project: Project, path: string): ImageId {
  return rowAt(project, path).id;
}

/** A trainer in a process of its own until the test ends; `children` are the processes that it started. */
export function startTrainer(): { trainer: Trainer; children: Child[] } {
  const children: Child[] = [];
  const trainer = new Trainer((module) => {
    const child = spawnChild(module);
    children.push(child);
    return child;
  });
  onTestFinished(() => trainer.close());
  return { trainer, children };
}

let warm: Trainer | undefined;
afterAll(() => warm?.close());

/** One trainer for all tests of a file that do nothing to it: from the second on it has loaded what it computes with. */
export function warmTrainer(): Trainer {
  return (warm ??= new Trainer(spawnChild));
}

/** Trains on the labels as they are, without storing a run. */
export function trainNow(
  project: Project,
  trainer: Trainer,
  options: Partial<TrainOptions> = {},
  work: Work = unfollowed(),
): Promise<TrainedProject> {
  return trainProject(project, trainer, { seed: 1, ...options }, work);
}
