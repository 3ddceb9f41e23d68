// What is open in this process: the projects, the process that makes pictures, and the events that pages listen to.
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Backup, ImageId, ProjectChange, ProjectId, RecentProject } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import type { NetworkEngine } from '../../shared/training.ts';
import type { Picture } from '../images/protocol.ts';
import { ImageService, readThumb, thumbFile } from '../images/service.ts';
import { networkEngines } from '../networks/index.ts';
import type { Spawn } from '../process/child.ts';
import type { TrashItem } from '../dataset/excluded.ts';
import { LiveProject } from './live.ts';
import {
  openProject,
  projectBackups,
  isSameDataset,
  projectIdOf,
  restoreProject,
  userDataFolder,
  type ProjectPlace,
} from '../project/open.ts';
import { estimateRate } from '../work/rate.ts';
import { RecentProjects } from '../project/recent.ts';
import { drawSample, type Sample } from '../sample/sample.ts';
import type { LabelSource } from '../store/project.ts';
import { picturesAt, type AddressOf } from '../images/addresses.ts';
import { EventLog } from './events.ts';
import { phases } from '../../shared/work.ts';
import { unfollowed, type Work } from '../work/work.ts';

export interface WorkspaceOptions {
  readonly shell: 'desktop' | 'browser';
  readonly spawn: Spawn;
  /** A data set to open at once. */
  readonly dataset: string | null;
  /** The folder of its project, where that is not the usual one. */
  readonly projectFolder?: string | undefined;
  /** The key in the addresses of pictures; without one only our own page can ask for them. */
  readonly pictureKey?: string | undefined;
  /** Where recent projects, the sample, and projects of read-only places are kept. */
  readonly userData?: string | undefined;
  /** Hands a file to the system's trash, where the shell can. */
  readonly trashItem?: TrashItem | undefined;
}

const previewsKept = 3;
const rememberEveryMs = 5000;
/** A page that opens a project usually has its list by then. */
const rememberOpenedMs = 1000;

export class Workspace {
  readonly shell: WorkspaceOptions['shell'];
  readonly dataset: string | null;
  readonly userData: string;
  readonly events = new EventLog();
  readonly recent: RecentProjects;
  readonly #projectFolder: string | undefined;
  readonly #spawn: Spawn;
  readonly #addressOf: AddressOf;
  readonly #trashItem: TrashItem | undefined;
  readonly #pictures: ImageService;
  readonly #projects = new Map<ProjectId, LiveProject>();
  /** Those that are being read. */
  readonly #opening = new Map<ProjectId, Promise<LiveProject>>();
  readonly #rememberedAt = new Map<ProjectId, number>();
  #drawing: { readonly sample: Promise<Sample>; readonly controller: AbortController } | null = null;

  constructor({
    shell,
    spawn,
    dataset,
    projectFolder,
    pictureKey,
    userData = userDataFolder(),
    trashItem,
  }: WorkspaceOptions) {
    this.shell = shell;
    this.dataset = dataset;
    this.#projectFolder = projectFolder;
    this.userData = userData;
    this.recent = new RecentProjects(join(userData, 'recent.json'));
    this.#spawn = spawn;
    this.#addressOf = picturesAt(pictureKey ?? null);
    this.#trashItem = trashItem;
    this.#pictures = new ImageService(spawn);
  }

  /** Opens a data set, or returns it where it is open, and brings it up to date in the background. */
  async open(dataset: string, source?: LabelSource): Promise<LiveProject> {
    const project = await this.#openIn(dataset);
    // Another source of labels has to wait for what is running; otherwise that is what was asked for.
    if (source || !project.state.task) project.startTraining('if-stale', source ? { source } : {});
    return project;
  }

  /** Has the data set that was named at the start in memory before a page asks for it. */
  async readNamed(): Promise<void> {
    // Why it can't be opened is told to the page, which asks again.
    if (this.dataset !== null) await this.#openIn(this.dataset).catch(() => {});
  }

  backups(dataset: string): Backup[] {
    return projectBackups(dataset, this.#locationOf(dataset)).map(({ name, at, verdicts, differ }) => ({
      name,
      at,
      verdicts,
      differ,
    }));
  }

  /** Goes back to a backup, and opens the data set with it. */
  async restore(dataset: string, backup: string): Promise<LiveProject> {
    const id = projectIdOf(dataset, this.#locationOf(dataset));
    await Promise.allSettled([this.#opening.get(id)]);
    await this.#close(id);
    const { differ, aside } = restoreProject(dataset, backup, this.#locationOf(dataset));
    const project = await this.open(dataset);
    const change =
      differ === null
        ? 'What it replaces cannot be read'
        : `It differs in ${differ} labels from what it replaces`;
    project.notify(
      `The labels are those of the backup ${backup}. ${change}${aside === null ? '' : `, which is kept in ${aside}`}.`,
    );
    return project;
  }

  /** Draws the sample where it is missing, and opens it. @throws Failure `disk-full`, `read-only`, `cancelled` */
  async openSample(): Promise<LiveProject> {
    this.#drawing ??= this.#draw();
    try {
      return await this.open((await this.#drawing.sample).dataset);
    } finally {
      this.#drawing = null;
    }
  }

  cancelSample(): void {
    this.#drawing?.controller.abort(new Failure('cancelled', 'Cancelled. Nothing of the sample was kept.'));
  }

  /** @throws Failure `not-found` */
  project(id: ProjectId): LiveProject {
    const project = this.#projects.get(id);
    if (project) return project;
    throw new Failure(
      'not-found',
      'This project is not open any more. Open its data set again; its labels are stored.',
    );
  }

  /** @throws Failure `not-found` where there is no such project or image, or it can't be shown. */
  async picture(kind: 'thumb' | 'image', project: ProjectId, image: number): Promise<Picture> {
    const live = this.project(project);
    const { path, version } = live.file(image as ImageId);
    return kind === 'image'
      ? this.#pictures.full(path)
      : this.#pictures.thumb(path, version, join(live.project.folder, 'cache'));
  }

  /** The last batch that was drawn, as PNG. @throws Failure `not-found` */
  batch(project: ProjectId, number: number): Picture {
    const { learning } = this.project(project);
    return { bytes: learning.picture(number), contentType: 'image/png' };
  }

  /** The engines for networks, each tried. */
  engines(): Promise<NetworkEngine[]> {
    return networkEngines(this.#spawn);
  }

  recentProjects(): RecentProject[] {
    this.#rememberOpened();
    return this.recent.list(this.#addressOf);
  }

  /** A small picture of a recent project, open or not. @throws Failure `not-found` */
  async preview(project: ProjectId, n: number): Promise<Picture> {
    const file = this.recent.preview(project, n);
    if (file && existsSync(file)) return readThumb(file);
    throw new Failure('not-found', 'This preview is not there any more. Nothing is wrong with the project.');
  }

  async close(): Promise<void> {
    this.cancelSample();
    this.#pictures.close();
    await Promise.allSettled(this.#opening.values());
    for (const project of this.#projects.values()) this.#remember(project);
    await Promise.all([...this.#projects.values()].map((project) => project.close()));
    this.#projects.clear();
  }

  #locationOf(dataset: string): ProjectPlace {
    const { userData } = this;
    const isNamed = this.dataset !== null && isSameDataset(dataset, this.dataset);
    return { userData, folder: isNamed ? this.#projectFolder : undefined };
  }

  #draw() {
    const controller = new AbortController();
    const rate = estimateRate();
    const progress: Work['progress'] = (phase, done, total) =>
      this.events.emit({
        name: 'sample.drawing',
        payload: { phase, ...phases[phase], done, total, ...rate.at(done, total) },
      });
    const sample = drawSample(join(this.userData, 'sample'), { ...unfollowed(controller.signal), progress });
    return { sample, controller };
  }

  /** Two pages that ask for one data set at once get one project. */
  async #openIn(dataset: string): Promise<LiveProject> {
    const id = projectIdOf(dataset, this.#locationOf(dataset));
    const opening = this.#opening.get(id) ?? this.#read(dataset, id).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  async #read(dataset: string, id: ProjectId): Promise<LiveProject> {
    const existing = this.#projects.get(id);
    if (existing?.isInPlace) return existing;
    // Its labels.db was moved or replaced: it is let go of, and what is there now is opened, or said.
    if (existing) await this.#close(id);
    const project = openProject(dataset, this.#locationOf(dataset));
    try {
      const live = await LiveProject.open(project, {
        spawn: this.#spawn,
        addressOf: this.#addressOf,
        trashItem: this.#trashItem,
        who: userInfo().username,
        onChange: (change) => this.#tell(live, change),
      });
      this.#projects.set(id, live);
      setTimeout(() => this.#rememberOpened(), rememberOpenedMs).unref();
      return live;
    } catch (error) {
      project.close();
      throw error;
    }
  }

  async #close(id: ProjectId): Promise<void> {
    const project = this.#projects.get(id);
    this.#projects.delete(id);
    this.#rememberedAt.delete(id);
    await project?.close();
  }

  #tell(project: LiveProject, change: ProjectChange): void {
    this.events.emit({ name: 'project.changed', payload: change });
    const at = this.#rememberedAt.get(change.id);
    if (!project.state.task && at !== undefined && performance.now() - at > rememberEveryMs)
      this.#remember(project);
  }

  #rememberOpened(): void {
    for (const [id, project] of this.#projects) if (!this.#rememberedAt.has(id)) this.#remember(project);
  }

  /** Writes the project's counts and worst images for the start page. */
  #remember(project: LiveProject): void {
    const { id, folder } = project.project;
    this.#rememberedAt.set(id, performance.now());
    try {
      const previews = project
        .worst(previewsKept)
        .map(({ id: image }) => thumbFile(project.file(image).version, join(folder, 'cache')));
      this.recent.put(project.state, previews);
    } catch (error) {
      // A project that can't be read says so where it is shown; the start page does without its newest counts.
      console.error(`${project.project.name} could not be remembered: ${String(error)}`);
    }
  }
}
