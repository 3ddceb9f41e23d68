// Every call of the contract: what its arguments must look like, and what it does. A name that is missing here, or an
// argument of another type, does not compile.
import { availableParallelism } from 'node:os';
import { z } from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { CallName, Calls, Handlers } from '../../shared/contract.ts';
import type { ClassId, ImageId, ProjectId, RunId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { findingKinds } from '../../shared/findings.ts';
import { chooseBackbone } from '../features/backbone/choose.ts';
import { backboneModels } from '../features/backbone/models.ts';
import { learningRequest } from '../trainer/trainingSchemas.ts';
import { trainingOf } from '../runs/fineTune.ts';
import { compareRuns, listRuns } from '../runs/compare.ts';
import { problemsIn } from '../dataset/dataset.ts';
import { getRun } from '../store/runs.ts';
import { listFolder } from './folders.ts';
import { changeBetween } from '../service/change.ts';
import type { LiveProject } from '../service/live.ts';
import type { Workspace } from '../service/workspace.ts';

/** Checks the arguments and answers. @throws Failure, `bad-request` where the arguments are off. */
export type Calling = (args: unknown) => Promise<unknown>;

const cardsAtMost = 500;
const decisionsAtMost = 1000;

const id = <T extends number>() =>
  z.custom<T>((value) => Number.isSafeInteger(value) && Number(value) > 0, 'a positive whole number');
const projectId = z.custom<ProjectId>(
  (value) => typeof value === 'string' && /^[0-9a-f]{16}$/.test(value),
  'a project id',
);
const imageId = id<ImageId>();
const classId = id<ClassId>();
const runId = id<RunId>();
const path = z.string().min(1).max(4096);
const className = z
  .string()
  .trim()
  .min(1)
  .max(200)
  // Labels are joined with it in CSV files and on the command line.
  .refine((name) => !name.includes('|'), 'a class name without |');
const verdict = z.enum(['relabel', 'keep', 'exclude', 'unsure']);
const decision = z.union([
  z.object({ verdict: z.literal('relabel'), label: z.array(classId).min(1).max(1000) }),
  z.object({ verdict: z.enum(['add', 'remove']), class: classId }),
  z.object({ verdict: z.enum(['keep', 'exclude', 'unsure', 'clear']) }),
]);
const query = z.object({
  verdicts: z.array(z.union([verdict, z.literal('none')])),
  classes: z.array(classId),
  predicted: classId.nullable(),
  splits: z.array(z.string()),
  search: z.string().max(1000),
  lossFrom: z.number().nullable(),
  lossTo: z.number().nullable(),
  finding: z.enum(findingKinds).nullable(),
  sort: z.enum(['loss', 'class', 'file', 'verdict']),
});

const classChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('rename'), class: classId, name: className }),
  z.object({ kind: z.literal('merge'), class: classId, into: classId }),
  z.object({ kind: z.literal('delete'), class: classId }),
  z.object({ kind: z.literal('split'), images: z.array(imageId).min(1), name: className }),
]);

const schemas: { readonly [K in CallName]: z.ZodType<Parameters<Calls[K]>> } = {
  'app.info': z.tuple([]),
  'folders.list': z.tuple([path.nullable()]),
  'projects.recent': z.tuple([]),
  'projects.forget': z.tuple([path]),
  'project.open': z.tuple([
    z.object({ dataset: path, labels: path.exactOptional(), pattern: z.string().max(1000).exactOptional() }),
  ]),
  'project.backups': z.tuple([path]),
  'project.restore': z.tuple([path, z.string().min(1).max(255)]),
  'project.sample': z.tuple([]),
  'sample.cancel': z.tuple([]),
  'project.state': z.tuple([projectId]),
  'queue.order': z.tuple([projectId, query]),
  'queue.cards': z.tuple([projectId, z.array(imageId).max(cardsAtMost)]),
  'image.details': z.tuple([projectId, imageId]),
  'image.evidence': z.tuple([projectId, imageId, classId.nullable()]),
  'insights.read': z.tuple([projectId]),
  'history.read': z.tuple([projectId, z.int().min(1).nullable()]),
  'labels.decide': z.tuple([
    projectId,
    z
      .array(z.object({ images: z.array(imageId).min(1), decision }))
      .min(1)
      .max(decisionsAtMost),
  ]),
  'labels.undo': z.tuple([projectId]),
  'labels.redo': z.tuple([projectId]),
  'classes.add': z.tuple([projectId, className]),
  'classes.preview': z.tuple([projectId, classChange]),
  'classes.change': z.tuple([projectId, classChange]),
  'runs.train': z.tuple([projectId, z.string().min(1).max(4096).nullable()]),
  'learning.train': z.tuple([projectId, learningRequest]),
  'learning.findRate': z.tuple([projectId, learningRequest]),
  'learning.showBatch': z.tuple([projectId, learningRequest, z.int().nonnegative()]),
  'learning.read': z.tuple([projectId]),
  'backbones.list': z.tuple([]),
  'engines.list': z.tuple([]),
  'runs.list': z.tuple([projectId]),
  'runs.training': z.tuple([projectId, runId]),
  'runs.compare': z.tuple([projectId, runId, runId]),
  'task.cancel': z.tuple([projectId]),
  'problems.list': z.tuple([projectId]),
  'export.start': z.tuple([
    projectId,
    z.object({
      format: z.enum(['csv', 'folder', 'changes', 'model']),
      to: path,
      link: z.boolean().exactOptional(),
    }),
  ]),
  'excluded.files': z.tuple([projectId]),
  'excluded.move': z.tuple([projectId, z.enum(['trash', 'dataset', 'system-trash'])]),
};

function createHandlers(workspace: Workspace): Handlers {
  const live = (project: ProjectId) => workspace.project(project);
  /** Begins something, and answers with what that changed. */
  const changing = (project: ProjectId, begin: (open: LiveProject) => void) => {
    const open = live(project);
    const before = open.state;
    begin(open);
    return changeBetween(before, open.state);
  };
  const threads = availableParallelism();
  return {
    'app.info': () => ({
      version: manifest.version,
      shell: workspace.shell,
      device: `CPU · ${threads} ${threads === 1 ? 'core' : 'cores'}`,
      dataset: workspace.dataset,
    }),
    'folders.list': listFolder,
    'projects.recent': () => workspace.recentProjects(),
    'projects.forget': (dataset) => workspace.recent.forget(dataset),
    'project.open': async ({ dataset, ...source }) =>
      (await workspace.open(dataset, Object.keys(source).length > 0 ? source : undefined)).state,
    'project.backups': (dataset) => workspace.backups(dataset),
    'project.restore': async (dataset, backup) => (await workspace.restore(dataset, backup)).state,
    'project.sample': async () => (await workspace.openSample()).state,
    'sample.cancel': () => workspace.cancelSample(),
    'project.state': (project) => live(project).state,
    'queue.order': (project, request) => live(project).order(request),
    'queue.cards': (project, images) => live(project).cards(images),
    'image.details': (project, image) => live(project).details(image),
    'image.evidence': (project, image, suggested) => live(project).evidence(image, suggested),
    'insights.read': (project) => live(project).insights(),
    'history.read': (project, before) => live(project).history(before),
    'labels.decide': (project, decisions) => live(project).decide(decisions),
    'labels.undo': (project) => live(project).reverse('undo'),
    'labels.redo': (project) => live(project).reverse('redo'),
    'classes.add': (project, name) => live(project).addClass(name),
    'classes.preview': (project, change) => live(project).previewClasses(change),
    'classes.change': (project, change) => live(project).changeClasses(change),
    'runs.train': (project, backbone) =>
      changing(project, (open) =>
        open.startTraining('always', {
          backbone: (work) => chooseBackbone(backbone ?? undefined, work),
        }),
      ),
    'learning.train': (project, request) => changing(project, (open) => open.startFineTuning(request)),
    'learning.findRate': (project, request) => changing(project, (open) => open.startRateSearch(request)),
    'learning.showBatch': (project, request, epoch) =>
      changing(project, (open) => open.startBatch(request, epoch)),
    'learning.read': (project) => live(project).learning.read(),
    'backbones.list': backboneModels,
    'engines.list': () => workspace.engines(),
    'runs.training': (project, run) => trainingOf(getRun(live(project).project.db, run)),
    'runs.list': (project) => listRuns(live(project).project.db),
    'runs.compare': (project, before, after) => compareRuns(live(project).project.db, before, after),
    'task.cancel': (project) => live(project).cancelTask(),
    'problems.list': (project) => problemsIn(live(project).project.db),
    'export.start': (project, request) => changing(project, (open) => open.startExport(request)),
    'excluded.files': (project) => live(project).excludedFiles(),
    'excluded.move': (project, to) => changing(project, (open) => open.startMove(to)),
  };
}

export function createCalls(workspace: Workspace): ReadonlyMap<string, Calling> {
  const handlers = createHandlers(workspace);
  const bind = <K extends CallName>(name: K): [string, Calling] => [
    name,
    async (args) => {
      const schema: z.ZodType<Parameters<Calls[K]>> = schemas[name];
      const checked = schema.safeParse(args);
      if (!checked.success) {
        const [issue] = checked.error.issues;
        const place = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : '';
        throw new Failure(
          'bad-request',
          `The arguments of ${name} are not understood${place}: ${issue?.message ?? ''}.`,
        );
      }
      return handlers[name](...checked.data);
    },
  ];
  return new Map((Object.keys(schemas) as CallName[]).map(bind));
}
