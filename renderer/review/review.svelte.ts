// The review: which image is in focus, what is selected, and what a decision does to both.
// A decision binds to image ids at the moment it is made; it never goes by position.
import type {
  ClassChange,
  ClassId,
  Decision,
  ImageDetails,
  ImageId,
  ProjectChange,
  QueueQuery,
} from '../../shared/contract.ts';
import { asFailure } from '../client.ts';
import type { Place } from '../keys.ts';
import { Keymap } from '../keymap.svelte.ts';
import { Load } from '../load.svelte.ts';
import { Pane, Zoom } from '../picture/zoom.svelte.ts';
import type { Project } from '../project.svelte.ts';
import { Band } from './band.svelte.ts';
import { Cards, type Claim } from './cards.svelte.ts';
import { EvidenceBeside } from './evidence.svelte.ts';
import { predictedClass } from './face.ts';
import type { ClassWork } from './classWork.ts';
import { GridWindow } from './grid.svelte.ts';
import { Queue } from './queue.svelte.ts';
import { Selection } from './selection.svelte.ts';

/** A new ranking is fetched at most this often. */
const followPause = 200;
/** Milliseconds after which a change that the disk had no room for is tried again. */
const retryPause = 3000;
/** Images after the one in focus whose cards are there before the focus is: more than anyone decides in seconds. */
const lookahead = 200;
/** Decisions on one image each that go to the app in one call, at most. */
const sentTogether = 500;
const autoAdvanceKey = 'auto-advance';

interface Made {
  readonly images: readonly ImageId[];
  readonly decision: Decision;
  readonly claim: Claim;
}

export class Review {
  readonly project: Project;
  readonly cards: Cards;
  readonly queue: Queue;
  readonly grid: GridWindow;
  readonly selection = new Selection();
  readonly band: Band;
  readonly details = new Load<ImageDetails>();
  readonly keymap = new Keymap();
  readonly evidence: EvidenceBeside;
  /** The image in focus as the loupe and the comparison show it. */
  readonly pane = new Pane(new Zoom());
  /** The last image that the focus rested on. */
  rested = $state<ImageId | null>(null);
  loupe = $state(false);
  help = $state(false);
  problems = $state(false);
  /** The person wants to see the images, although there is no ranking yet. */
  unranked = $state(false);
  /** True once the focus found nothing more to decide in this list. */
  through = $state(false);
  /** The class picker: for which images, and the letter that opened it. */
  picker = $state.raw<{ readonly images: readonly ImageId[]; readonly typed: string } | null>(null);
  /** Where the menu of the image in focus is open, in the window. */
  menu = $state.raw<{ readonly x: number; readonly y: number } | null>(null);
  /** Classes given by hand, latest first. */
  recentClasses = $state.raw<readonly ClassId[]>([]);
  classWork = $state.raw<ClassWork | null>(null);
  searchField: HTMLInputElement | null = null;
  /** After a decision the focus moves on. */
  autoAdvance = $state(localStorage.getItem(autoAdvanceKey) !== 'off');
  #focused = $state<ImageId | null>(null);
  #tail: Promise<void> = Promise.resolve();
  /** Changes that were made and are not stored. */
  #waiting = $state(0);
  /** Decisions that are still to be sent, and may be joined by another. */
  #unsent: Made[] = [];
  #followed: number;
  #following = false;

  readonly hasList: boolean = $derived.by(() => this.project.state.run !== null || this.unranked);
  readonly place = $derived.by(() => (this.focused === null ? -1 : this.queue.ids.indexOf(this.focused)));
  readonly card = $derived.by(() => (this.focused === null ? undefined : this.cards.get(this.focused)));
  /** What a decision would act on now. An image that nobody can see yet is not decided about. */
  readonly targets: readonly ImageId[] = $derived.by(() => {
    if (this.selection.size > 0) return [...this.selection.ids];
    return this.card === undefined ? [] : [this.card.id];
  });
  /** The image in focus and those after it, wherever the list is scrolled to. */
  readonly upcoming: readonly ImageId[] = $derived.by(() => {
    const from = Math.max(0, this.place);
    return this.queue.ids.slice(from, from + 1 + lookahead);
  });

  constructor(project: Project) {
    this.project = project;
    this.cards = new Cards((images) => project.call('queue.cards', project.id, images));
    this.queue = new Queue((query) =>
      this.cards.withOrder(() => project.call('queue.order', project.id, query)),
    );
    this.evidence = new EvidenceBeside(({ id }, suggested) =>
      project.call('image.evidence', project.id, id, suggested),
    );
    this.grid = new GridWindow(() => this.queue.ids.length);
    this.band = new Band(this.grid, this.queue, this.selection);
    this.#followed = project.state.ranking;
    project.onChange((change) => this.cards.follow(change));
  }

  get focused(): ImageId | null {
    return this.#focused;
  }

  set focused(id: ImageId | null) {
    if (id === this.#focused) return;
    this.#focused = id;
    this.pane.zoom.fit();
    this.evidence.compared = null;
  }

  /** What covers the window, which tells the keys that act. */
  get uppermost(): Place {
    if (this.evidence.compared) return 'compare';
    return this.loupe ? 'loupe' : 'list';
  }

  /** Takes the list anew, from the top. */
  async take(query?: QueueQuery): Promise<void> {
    this.selection.clear();
    this.through = false;
    this.#followed = this.project.state.ranking;
    // The list that comes wants its cards itself.
    this.cards.outdate();
    await this.queue.take(query);
    this.grid.toTop();
    this.#focus(this.queue.ids[0] ?? null);
  }

  filter(change: Partial<QueueQuery>): Promise<void> {
    return this.take({ ...this.queue.query, ...change });
  }

  /** Takes over new rankings below the fold until there are no newer ones. */
  async follow(): Promise<void> {
    if (this.#following) return;
    this.#following = true;
    try {
      while (this.#followed !== this.project.state.ranking) {
        await new Promise((resolve) => setTimeout(resolve, followPause));
        this.#followed = this.project.state.ranking;
        await this.queue.follow({
          frozen: () => Math.max(this.grid.seen, this.place + 1),
          // Their places may be in focus a moment later, and a card that has to be waited for can't be decided about.
          prepare: (ids) => this.cards.prepare(ids.slice(0, lookahead)),
        });
        this.cards.invalidate();
        this.evidence.forget();
        if (this.focused === null) this.#focus(this.queue.ids[0] ?? null);
      }
    } catch (error) {
      this.project.complaint = asFailure(error);
    } finally {
      this.#following = false;
    }
  }

  moveTo(place: number, extend = false): void {
    const last = this.queue.ids.length - 1;
    const id = this.queue.ids[Math.max(0, Math.min(last, place))];
    if (id === undefined) return;
    if (extend) this.selection.extendTo(id, this.queue.ids);
    this.focused = id;
    if (!extend) this.selection.anchorAt(id);
    this.grid.show(this.place);
  }

  moveBy(places: number, extend = false): void {
    this.moveTo(this.place + places, extend);
  }

  moveByRows(rows: number, extend = false): void {
    this.moveBy(rows * this.grid.geometry.columns, extend);
  }

  click(id: ImageId, { toggle, extend }: { readonly toggle: boolean; readonly extend: boolean }): void {
    if (extend) this.selection.extendTo(id, this.queue.ids);
    else if (toggle) this.selection.toggle(id);
    else this.selection.clear();
    this.focused = id;
    if (!extend) this.selection.anchorAt(id);
  }

  /** What a menu at this image is about: the selection where the image is part of it, else the image alone. */
  openMenu(id: ImageId, at: { readonly x: number; readonly y: number }): void {
    if (this.selection.has(id)) this.focused = id;
    else this.click(id, { toggle: false, extend: false });
    this.menu = at;
  }

  openMenuOfFocus(): void {
    const at = this.grid.middleOfFocus();
    if (this.focused !== null && at) this.openMenu(this.focused, at);
  }

  selectAll(): void {
    this.selection.all(this.queue.ids);
  }

  /** All images that are to be decided, have this one's label, and have the same suggestion. */
  async selectAllLike(): Promise<void> {
    const { card } = this;
    if (!card) return;
    const query = { ...this.queue.query, classes: card.label, predicted: predictedClass(card) };
    try {
      const like = new Set((await this.project.call('queue.order', this.project.id, query)).ids);
      this.selection.all(this.queue.ids.filter((id) => like.has(id)));
    } catch (error) {
      this.project.complaint = asFailure(error);
    }
  }

  toggleAutoAdvance(): void {
    this.autoAdvance = !this.autoAdvance;
    localStorage.setItem(autoAdvanceKey, this.autoAdvance ? 'on' : 'off');
  }

  /** The class of the focused image's n-th suggestion, for everything that is selected. */
  takeSuggestion(place: number): void {
    const suggestion = this.card?.suggestions[place];
    if (suggestion) this.giveClass(suggestion.class, this.targets);
  }

  /**
   * The label becomes this class. In a set with several labels an image, the class is added, or taken away where all of
   * them carry it; focus and selection stay, for the next class.
   */
  giveClass(id: ClassId, images: readonly ImageId[]): void {
    this.recentClasses = [id, ...this.recentClasses.filter((other) => other !== id)];
    if (this.project.state.multiLabel) {
      const verdict = this.carriedByAll(images).has(id) ? 'remove' : 'add';
      this.decide({ verdict, class: id }, images, { stay: true });
    } else this.decide({ verdict: 'relabel', label: [id] }, images);
  }

  /** Classes that all of these images carry, as far as their cards are there. */
  carriedByAll(images: readonly ImageId[]): ReadonlySet<ClassId> {
    const labels = images.flatMap((id) => this.cards.get(id) ?? []).map(({ label }) => label);
    const [first = []] = labels;
    return new Set(first.filter((id) => labels.every((label) => label.includes(id))));
  }

  /** Shows the decision at once, sends it behind those made before, and takes it back where it is refused. */
  decide(decision: Decision, images: readonly ImageId[] = this.targets, { stay = false } = {}): void {
    if (images.length === 0) return;
    const made = { images, decision, claim: this.cards.claim(images, decision) };
    if (images.length === 1 && this.#unsent.length > 0 && this.#unsent.length < sentTogether) {
      this.#unsent.push(made);
      this.#waiting += 1;
    } else {
      const unsent = [made];
      this.#send(() => this.#sendDecisions(unsent));
      this.#unsent = unsent;
    }
    this.evidence.compared = null;
    if (stay) return;
    this.selection.clear();
    if (this.autoAdvance && decision.verdict !== 'clear') this.#advance(images);
  }

  undo(): void {
    this.#step('labels.undo');
  }

  redo(): void {
    this.#step('labels.redo');
  }

  openPicker(typed = ''): void {
    if (this.targets.length > 0) this.picker = { images: this.targets, typed };
  }

  async addClass(name: string, images: readonly ImageId[]): Promise<void> {
    try {
      const { id } = await this.project.call('classes.add', this.project.id, name);
      this.giveClass(id, images);
    } catch (error) {
      this.project.complaint = asFailure(error);
    }
  }

  /** Renames, merges, splits off or deletes, as one step behind the decisions made before. */
  changeClasses(change: ClassChange): void {
    this.#send(async () => {
      this.project.accept(
        await this.#insist(() => this.project.call('classes.change', this.project.id, change)),
      );
      await this.take(this.#known(this.queue.query));
    });
  }

  async loadDetails(id: ImageId): Promise<void> {
    await this.details.run(() => this.project.call('image.details', this.project.id, id));
  }

  /** What was decided while an earlier change was on its way goes together: who types fast waits for the disk once. */
  async #sendDecisions(made: readonly Made[]): Promise<void> {
    this.#unsent = [];
    try {
      const decisions = made.map(({ images, decision }) => ({ images, decision }));
      const change = await this.#insist(() => this.project.call('labels.decide', this.project.id, decisions));
      for (const { claim } of made) this.cards.settle(claim);
      this.project.accept(change);
    } catch (error) {
      for (const { claim } of made) this.cards.drop(claim);
      throw error;
    } finally {
      this.#waiting -= made.length - 1;
    }
  }

  /** Everything that changes labels goes through here, one after the other. */
  #send(work: () => Promise<void>): void {
    this.#unsent = [];
    this.#waiting += 1;
    this.#tail = this.#tail
      .then(work)
      .catch((error: unknown) => {
        this.project.complaint = asFailure(error);
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  /** Asks again until there is room on the disk: what was decided is not to be decided once more. */
  async #insist(ask: () => Promise<ProjectChange>): Promise<ProjectChange> {
    for (;;) {
      try {
        const change = await ask();
        this.project.held = null;
        return change;
      } catch (error) {
        const { code, message } = asFailure(error);
        if (code !== 'disk-full') throw error;
        const waiting = (): number => this.#waiting;
        await new Promise<void>((retry) => {
          this.project.held = {
            reason: message,
            get changes() {
              return waiting();
            },
            retry,
          };
          setTimeout(retry, retryPause);
        });
      }
    }
  }

  #step(name: 'labels.undo' | 'labels.redo'): void {
    this.through = false;
    this.#send(async () => {
      const change = await this.#insist(() => this.project.call(name, this.project.id));
      this.project.accept(change);
      // A change of classes is about no image in particular.
      if (change.parts.formerClasses) return;
      const first = change.images.find(({ id }) => this.queue.ids.includes(id));
      if (first) this.#focus(first.id);
    });
  }

  /** On to the next image that is still to be decided: first below the last one, then from the top. */
  #advance(images: readonly ImageId[]): void {
    const { ids, query } = this.queue;
    const acted = new Set(images);
    const last = images.length === 1 ? this.place : ids.findLastIndex((id) => acted.has(id));
    const open = (id: ImageId): boolean => !acted.has(id) && !this.cards.get(id)?.verdict;
    const listsOpen = query.verdicts.length === 0 || query.verdicts.includes('none');
    const below = listsOpen ? ids.findIndex((id, place) => place > last && open(id)) : last + 1;
    const next = below >= 0 ? below : ids.findIndex(open);
    this.through = listsOpen && next < 0;
    if (next >= 0) this.moveTo(next);
  }

  /** The query without classes that are no longer there. */
  #known(query: QueueQuery): QueueQuery {
    const known = new Set(this.project.state.classes.map(({ id }) => id));
    const { classes, predicted } = query;
    return {
      ...query,
      classes: classes.filter((id) => known.has(id)),
      predicted: predicted !== null && known.has(predicted) ? predicted : null,
    };
  }

  #focus(id: ImageId | null): void {
    this.focused = id;
    if (id === null) return;
    this.selection.anchorAt(id);
    this.grid.show(this.place);
  }
}
