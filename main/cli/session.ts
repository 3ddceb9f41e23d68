// What the commands that work on a project share: opening it, training with progress, and telling about it.
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { Trainer } from '../trainer/trainer.ts';
import { featureEngines } from '../features/backbone/engines.ts';
import { chooseBackbone } from '../features/backbone/choose.ts';
import { spawnChild } from '../process/fork.ts';
import { bringUpToDate, type Baseline } from '../runs/baseline.ts';
import type { ImportSummary } from '../dataset/import.ts';
import { openProject, readProject, type Project } from '../project/open.ts';
import type { LabelSource } from '../store/project.ts';
import { UsageError, type Context, type Given } from './command.ts';
import type { Work } from '../work/work.ts';
import { createProgress } from './progress.ts';

export const who = userInfo().username;

/** Work with its progress on standard error, and its notes among what is said. */
export async function withProgress<T>(
  { signal, say }: Context,
  start: (work: Work<unknown>, tell: (line: string) => void) => Promise<T>,
): Promise<T> {
  const progress = createProgress(process.stderr);
  const tell = (line: string) => {
    progress.end();
    say(line);
  };
  try {
    return await start({ signal, progress: progress.update, note: tell, found: () => {} }, tell);
  } finally {
    progress.end();
  }
}

/** Opens the project to work on it, making it where there is none, and closes it whatever happens. */
export async function withProject<T>(given: Given, work: (project: Project) => Promise<T>): Promise<T> {
  const project = openProject(given.arg(0), { folder: given.text('project') });
  try {
    return await work(project);
  } finally {
    project.close();
  }
}

/** Opens a project that is there already to work on it. */
export async function withExistingProject<T>(
  given: Given,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  // Reading makes nothing, and says where there is no project.
  await readingProject(given, () => Promise.resolve());
  return withProject(given, work);
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

/** Opens the project, imports, and trains where it is needed (or always), with progress. */
export async function withBaseline<T>(
  given: Given,
  context: Context,
  when: 'if-stale' | 'always',
  work: (project: Project, baseline: Baseline) => Promise<T>,
): Promise<T> {
  // Wrong usage is said before anything is made.
  const options = {
    source: sourceFrom(given),
    engine: engineFrom(given, 'features', featureEngines),
    // A ranking is waited for here: it may take the time that the mirror images take.
    mirrored: !given.flag('one-view'),
    seed: given.integer('seed'),
    who,
  };
  const trainer = new Trainer(spawnChild);
  return withProject(given, async (project) => {
    try {
      const baseline = await withProgress(context, async (progress, tell) => {
        const backbone = await chooseBackbone(given.text('backbone'), progress);
        const done = await bringUpToDate(project, trainer, { ...options, backbone }, progress, when);
        tell(describeImport(done.summary));
        if (done.note !== null) tell(done.note);
        return done;
      });
      return await work(project, baseline);
    } finally {
      trainer.close();
    }
  });
}

/** The engine that is to compute; undefined: the best. @throws UsageError for one that is not among the names */
export function engineFrom<Name extends string>(
  given: Given,
  use: 'features' | 'networks',
  names: readonly Name[],
): Name | undefined {
  const wanted = given.text('engine');
  if (wanted === undefined) return undefined;
  const engine = names.find((name) => name === wanted);
  if (engine !== undefined) return engine;
  throw new UsageError(`there is no engine “${wanted}” for ${use}; choose one of: ${names.join(', ')}`);
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

/** "5,000 images, 4,990 of them labelled; 12 added, 3 renamed; 2 files are not ranked, see: toploss problems". */
export function describeImport(summary: ImportSummary): string {
  const { images, labelled, problems } = summary;
  const changes = (['added', 'changed', 'renamed', 'vanished', 'relabelled'] as const)
    .filter((kind) => summary[kind] > 0)
    .map((kind) => `${count(summary[kind])} ${kind}`);
  return [
    `${count(images, 'image')}, ${labelled === images ? 'all' : `${count(labelled)} of them`} labelled`,
    changes.length > 0 ? changes.join(', ') : 'nothing changed on disk',
    ...(problems > 0
      ? [`${count(problems, 'file')} ${problems === 1 ? 'is' : 'are'} not ranked, see: toploss problems`]
      : []),
  ].join('; ');
}

/** "1 image", "5,000 images". */
export function count(number: number, unit?: string): string {
  const digits = number.toLocaleString('en');
  return unit === undefined ? digits : `${digits} ${unit}${number === 1 ? '' : 's'}`;
}

function some<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  const entry: Partial<Record<K, string>> = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
