// What is open in this process: the projects, the process that makes pictures, and the events that pages listen to.
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { ImageId, ProjectId, ProjectState } from '../../shared/contract.ts';
import { Failure } from '../../shared/failure.ts';
import { ImageService, type Picture } from '../images/service.ts';
import type { Spawn } from '../process/child.ts';
import { LiveProject } from '../project/live.ts';
import { openProject, userDataFolder } from '../project/open.ts';
import { RecentProjects } from '../project/recent.ts';
import type { LabelSource } from '../store/project.ts';
import { EventLog } from './events.ts';

export interface WorkspaceOptions {
  readonly shell: 'desktop' | 'browser';
  readonly spawn: Spawn;
  /** A data set to open at once. */
  readonly dataset: string | null;
  /** Where recent projects, the sample, and projects of read-only places are kept. */
  readonly userData?: string | undefined;
}

export class Workspace {
  readonly shell: WorkspaceOptions['shell'];
  readonly dataset: string | null;
  readonly userData: string;
  readonly events = new EventLog();
  readonly recent: RecentProjects;
  readonly #spawn: Spawn;
  readonly #pictures: ImageService;
  readonly #projects = new Map<string, LiveProject>();

  constructor({ shell, spawn, dataset, userData = userDataFolder() }: WorkspaceOptions) {
    this.shell = shell;
    this.dataset = dataset;
    this.userData = userData;
    this.recent = new RecentProjects(join(userData, 'recent.json'));
    this.#spawn = spawn;
    this.#pictures = new ImageService(spawn);
  }

  /** Opens a data set, or returns it where it is open, and brings it up to date in the background. */
  open(dataset: string, source?: LabelSource): LiveProject {
    const project = this.#openIn(dataset);
    if (!project.state.task) project.startTraining('if-stale', source ? { source } : {});
    return project;
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

  isOpen(id: ProjectId): boolean {
    return this.#projects.has(id);
  }

  /** @throws Failure `not-found` where there is no such project or image, or it can't be shown. */
  async picture(kind: 'thumb' | 'image', project: string, image: number): Promise<Picture> {
    const live = this.project(project as ProjectId);
    const { path, version } = live.file(image as ImageId);
    return kind === 'image'
      ? this.#pictures.full(path)
      : this.#pictures.thumb(path, version, join(live.project.folder, 'cache'));
  }

  async close(): Promise<void> {
    this.#pictures.close();
    await Promise.all([...this.#projects.values()].map((project) => project.close()));
    this.#projects.clear();
  }

  #openIn(dataset: string): LiveProject {
    const existing = [...this.#projects.values()].find(({ project }) => project.dataset === dataset);
    if (existing) return existing;
    const project = openProject(dataset, { userData: this.userData });
    const live = new LiveProject(project, {
      spawn: this.#spawn,
      who: userInfo().username,
      onChange: (state) => this.#tell(state),
    });
    this.#projects.set(project.id, live);
    this.recent.put(live.state);
    return live;
  }

  #tell(state: ProjectState): void {
    this.events.emit('project.changed', state);
    if (!state.task) this.recent.put(state);
  }
}
