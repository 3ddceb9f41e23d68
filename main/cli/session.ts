// What the commands that work on a project share: opening it, training with progress, and telling about it.
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Trainer } from '../learn/trainer.ts';
import { chooseBackbone } from '../learn/backbone/choose.ts';
import { spawnChild } from '../process/fork.ts';
import { bringUpToDate, type Baseline, type BaselinePhase } from '../project/baseline.ts';
import type { ImportSummary } from '../project/import.ts';
import { openProject, readProject, type Project } from '../project/open.ts';
import type { LabelSource } from '../store/project.ts';
import type { Context, Given } from './command.ts';
import { createProgress } from './progress.ts';

export const who = userInfo().username;

const titles: Record<BaselinePhase, string> = {
  import: 'Looking at files',
  patches: 'Learning patch filters',
  features: 'Reading images',
  head: 'Fitting the head',
};

/** Opens the project to work on it, and closes it whatever happens. */
export async function withProject<T>(given: Given, work: (project: Project) => Promise<T>): Promise<T> {
  const project = openProject(given.arg(0), { folder: given.text('project') });
  try {
    return await work(project);
  } finally {
    project.close();
  }
}

/** Opens the project to read it only. */
export async function readingProject<T>(given: Given, work: (project: Project) => Promise<T>): Promise<T> {
  const project = readProject(given.arg(0), { folder: given.text('project') });
  try {
    return await work(project);
  } finally {
    project.close();
  }
}

/** Imports, and trains where it is needed (or always), with progress. */
export async function baseline(
  project: Project,
  given: Given,
  context: Context,
  when: 'if-stale' | 'always',
): Promise<Baseline> {
  const progress = createProgress(process.stderr);
  const trainer = new Trainer(spawnChild);
  try {
    const backbone = await chooseBackbone(given.text('backbone'), {
      signal: context.signal,
      onProgress: (done, total) => progress.update('Downloading the backbone (bytes)', done, total),
    });
    const result = await bringUpToDate(
      project,
      trainer,
      {
        source: sourceFrom(given),
        who,
        backbone,
        engine: given.text('engine'),
        seed: given.integer('seed'),
        signal: context.signal,
        onProgress: (phase, done, total) => progress.update(titles[phase], done, total),
      },
      when,
    );
    progress.end();
    describeImport(result.summary, context);
    return result;
  } finally {
    progress.end();
    trainer.close();
  }
}

/** How labels are found, from the options; undefined where none says so. */
export function sourceFrom(given: Given): LabelSource | undefined {
  const columns = {
    ...some('path', given.text('path-column')),
    ...some('label', given.text('label-column')),
    ...some('split', given.text('split-column')),
  };
  const labels = given.text('labels');
  const source = {
    ...some('labels', labels === undefined ? undefined : resolve(labels)),
    ...some('pattern', given.text('pattern')),
    ...(Object.keys(columns).length > 0 ? { columns } : {}),
  };
  return Object.keys(source).length > 0 ? source : undefined;
}

export function describeImport(summary: ImportSummary, { say }: Context): void {
  const { images, labelled, problems } = summary;
  const changes = (['added', 'changed', 'renamed', 'vanished', 'relabelled'] as const)
    .filter((kind) => summary[kind] > 0)
    .map((kind) => `${summary[kind].toLocaleString('en')} ${kind}`);
  say(
    `${images.toLocaleString('en')} images, ${labelled.toLocaleString('en')} with a label` +
      (changes.length > 0 ? ` (${changes.join(', ')})` : '') +
      (problems > 0 ? `; ${problems.toLocaleString('en')} not ranked, see: toploss problems` : ''),
  );
}

function some<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
