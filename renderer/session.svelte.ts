// What the window shows: the start, or a project; and whether the app behind the page can be reached.
import type {
  AppInfo,
  EventMessage,
  OpenRequest,
  ProjectChange,
  ProjectState,
  Task,
} from '../shared/contract.ts';
import { type Failure } from '../shared/failure.ts';
import { asFailure, type Call, type Connection, followEvents, type Send } from './client.ts';
import { Project } from './project.svelte.ts';

export type Place =
  | { readonly at: 'start' }
  | { readonly at: 'opening'; readonly name: string; readonly task?: Task }
  | {
      readonly at: 'failed';
      readonly name: string;
      /** What was to be opened; null: the sample, or the app itself. */
      readonly dataset: string | null;
      readonly failure: Failure;
      readonly retry: () => Promise<void>;
    }
  | { readonly at: 'project'; readonly project: Project };

/** Survives a reload of the page, not the end of the tab. Empty: the user went back to the start. */
const openDataset = 'dataset';
const sampleName = 'the sample';

export class Session {
  info = $state.raw<AppInfo | null>(null);
  connection = $state<Connection>('connecting');
  place = $state.raw<Place>({ at: 'opening', name: '' });
  readonly call: Call;
  readonly #send: Send;
  #turn = 0;
  /** What was told since a state was last asked for: it may be newer than the answer. */
  #told: readonly ProjectChange[] = [];
  /** Whether events were passed over while a project was opened: its answer may be older than they were. */
  #missed = false;
  /** While a project's state is read anew. */
  #reading = false;

  /** @param send reaches the app, for the events; calls go through it too. */
  constructor(call: Call, send: Send = fetch) {
    this.call = call;
    this.#send = send;
  }

  /** Follows the events of the app until `signal` aborts. */
  follow(signal: AbortSignal): Promise<void> {
    const onMessage = (message: EventMessage): void => this.#receive(message);
    const onConnection = (connection: Connection): void => void (this.connection = connection);
    return followEvents({ onMessage, onConnection }, signal, this.#send);
  }

  /** Opens what was open before a reload, or was named at the start. */
  async begin(): Promise<void> {
    try {
      this.info = await this.call('app.info');
      const dataset = sessionStorage.getItem(openDataset) ?? this.info.dataset;
      if (dataset) await this.open({ dataset });
      else this.place = { at: 'start' };
    } catch (error) {
      const failure = asFailure(error);
      this.place = { at: 'failed', name: 'Toploss', dataset: null, failure, retry: () => this.begin() };
    }
  }

  open(request: OpenRequest): Promise<void> {
    const { dataset } = request;
    return this.#show(dataset, dataset, () => this.call('project.open', request));
  }

  /** Goes back to a backup of the data set's labels, and opens it. */
  restore(dataset: string, backup: string): Promise<void> {
    return this.#show(dataset, dataset, () => this.call('project.restore', dataset, backup));
  }

  openSample(): Promise<void> {
    return this.#show(sampleName, null, () => this.call('project.sample'));
  }

  /** Back to the start; what is being drawn is given up. */
  async cancelSample(): Promise<void> {
    this.leave();
    await this.call('sample.cancel').catch(() => {
      // The page says already that Toploss does not answer.
    });
  }

  leave(): void {
    this.#turn += 1;
    sessionStorage.setItem(openDataset, '');
    this.place = { at: 'start' };
  }

  async #show(name: string, dataset: string | null, work: () => Promise<ProjectState>): Promise<void> {
    const turn = ++this.#turn;
    this.place = { at: 'opening', name };
    this.#missed = false;
    this.#told = [];
    try {
      const state = await work();
      if (turn !== this.#turn) return;
      sessionStorage.setItem(openDataset, state.dataset);
      const project = new Project(this.call, state);
      this.#catchUp(project);
      this.place = { at: 'project', project };
      if (this.#missed) void this.#readAnew(project);
    } catch (error) {
      const retry = (): Promise<void> => this.#show(name, dataset, work);
      if (turn === this.#turn) this.place = { at: 'failed', name, dataset, failure: asFailure(error), retry };
    }
  }

  #receive(message: EventMessage): void {
    if (message.name === 'sample.drawing') {
      const { place } = this;
      if (place.at === 'opening' && place.name === sampleName)
        this.place = { ...place, task: message.payload };
      return;
    }
    if (message.name === 'reset') {
      this.#told = [];
      this.#missed = true;
    } else if (this.place.at !== 'project' || this.#reading) this.#told = [...this.#told, message.payload];
    if (this.place.at !== 'project') return;
    const { project } = this.place;
    if (message.name === 'reset') void this.#readAnew(project);
    else if (message.payload.id === project.id) project.accept(message.payload);
  }

  /** After a restart of the app the project may have to be opened again. */
  async #readAnew(project: Project): Promise<void> {
    this.#reading = true;
    try {
      const state = await this.call('project.state', project.id).catch(() =>
        this.call('project.open', { dataset: project.state.dataset }),
      );
      project.replace(state);
      this.#catchUp(project);
    } catch (error) {
      project.complaint = asFailure(error);
    } finally {
      this.#reading = false;
    }
  }

  #catchUp(project: Project): void {
    for (const change of this.#told) if (change.id === project.id) project.accept(change);
    this.#told = [];
  }
}
