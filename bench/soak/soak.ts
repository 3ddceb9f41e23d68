// Random faults against an app that labels, trains and exports, with a model beside it of what must be true.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClassId, Decision, ImageId } from '../../shared/contract.ts';
import { createRandom, shuffled } from '../../main/math/random.ts';
import { openProject } from '../../main/project/open.ts';
import { backUp } from '../../main/store/backups.ts';
import { connectToRead } from '../../main/store/connect.ts';
import { writeTinyBackbone } from '../../main/testing/backbone.ts';
import { drawFlower, drawFlowers, put } from '../../main/testing/images.ts';
import { RunningApp, startCommand } from './app.ts';
import { Model, type Act, type Stand } from './model.ts';

const perClass = 12;

export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  /** How often each fault was made, and each thing done. */
  readonly faults: Readonly<Record<string, number>>;
  readonly acknowledged: number;
  /** Changes that failed, and said so. */
  readonly refused: number;
  /** Changes whose answer a fault took away: either state is right. */
  readonly unanswered: number;
  readonly checks: number;
  readonly lost: { readonly verdicts: number; readonly files: number; readonly damagedStores: number };
}

export interface SoakOptions {
  readonly seed: number;
  readonly milliseconds: number;
  /** At least so many faults, however slow the machine is. */
  readonly rounds?: number;
}

export async function soak({ seed, milliseconds, rounds = 1 }: SoakOptions): Promise<SoakReport> {
  const folder = mkdtempSync(join(tmpdir(), 'toploss-soak-'));
  const run = new Soak(folder, seed);
  try {
    return await run.run(milliseconds, rounds);
  } finally {
    await run.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Soak {
  readonly #folder: string;
  readonly #root: string;
  readonly #project: string;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #faults: Record<string, number> = {};
  readonly #lost = { verdicts: 0, files: 0, damagedStores: 0 };
  #acknowledged = 0;
  #refused = 0;
  #unanswered = 0;
  #checks = 0;
  #made = 0;
  #app: RunningApp | null = null;
  #model = new Model(new Map());
  /** What the model would be had the change without an answer been stored. */
  #perhaps: Model | null = null;
  #images: number[] = [];
  #files = new Map<string, number>();

  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.#root = join(folder, 'flowers');
    this.#project = `${this.#root}.toploss`;
    this.#seed = seed;
    this.#random = createRandom(seed);
  }

  async run(milliseconds: number, rounds: number): Promise<SoakReport> {
    const from = performance.now();
    await drawFlowers(this.#root, perClass);
    await once(startCommand(['import', this.#root], this.#folder), 'exit');
    const stored = this.#stored();
    this.#images = [...stored.keys()];
    this.#model = new Model(new Map([...stored].map(([image, { label }]) => [image, label])));
    this.#files = this.#bytes();
    const backbone = writeTinyBackbone(this.#folder).path;
    await this.#start();
    const faults = this.#actions(backbone);
    const names = Object.keys(faults);
    // Each of them once, then as they come.
    const order = shuffled(names, this.#random);
    for (let round = 0; round < rounds || performance.now() - from < milliseconds; round++) {
      for (let n = 0; n < 6; n++) await this.#label();
      const name = order.pop() ?? names[Math.floor(this.#random() * names.length)] ?? '';
      this.#faults[name] = (this.#faults[name] ?? 0) + 1;
      await faults[name]?.();
      if (!this.#app?.isAlive) await this.#restart();
      this.#check();
    }
    await this.#app?.kill('SIGTERM');
    this.#check();
    return {
      seed: this.#seed,
      seconds: Math.round((performance.now() - from) / 1000),
      faults: this.#faults,
      acknowledged: this.#acknowledged,
      refused: this.#refused,
      unanswered: this.#unanswered,
      checks: this.#checks,
      lost: this.#lost,
    };
  }

  async end(): Promise<void> {
    await this.#app?.kill('SIGKILL');
  }

  #actions(backbone: string): Record<string, () => Promise<void>> {
    return {
      'kill -9 the app': () => this.#kill(),
      'kill -9 the app while it stores': async () => {
        const storing = this.#label();
        await pause(this.#random() * 5);
        await this.#kill();
        await storing;
      },
      'kill -9 its children': async () => this.#signalChildren('SIGKILL'),
      'stop and continue the app': async () => {
        const { pid } = this.#running;
        process.kill(pid, 'SIGSTOP');
        const storing = this.#label();
        await pause(100);
        process.kill(pid, 'SIGCONT');
        await storing;
      },
      'stop and continue its children': async () => {
        this.#signalChildren('SIGSTOP');
        await this.#label();
        this.#signalChildren('SIGCONT');
      },
      'full disk': async () => {
        const { pid } = this.#running;
        execFileSync('prlimit', ['--pid', `${pid}`, '--fsize=1024:unlimited']);
        await this.#label();
        await this.#label();
        execFileSync('prlimit', ['--pid', `${pid}`, '--fsize=unlimited:unlimited']);
        await this.#label();
      },
      'second writer': async () => {
        try {
          openProject(this.#root).close();
          this.#lost.damagedStores += 1;
        } catch {
          // Refused, as it must be.
        }
      },
      'labels.db renamed and put back': async () => {
        const file = join(this.#project, 'labels.db');
        renameSync(file, `${file}.away`);
        await this.#label();
        renameSync(`${file}.away`, file);
        await this.#label();
      },
      'labels.db deleted': async () => {
        rmSync(join(this.#project, 'labels.db'));
        // It is this change that finds out, and rescues the rest.
        await this.#label();
        await this.#kill();
        await this.#restart();
      },
      'labels.db damaged': async () => {
        await this.#kill();
        this.#settle();
        const project = openProject(this.#root);
        backUp(project.db, project.folder, 'soak');
        project.close();
        const file = join(this.#project, 'labels.db');
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0x5a, 4096 * 3, 4096 * 5));
        await this.#restart();
      },
      'cache damaged': async () => {
        const cache = join(this.#project, 'cache');
        if (!existsSync(cache)) return;
        for (const entry of readdirSync(cache, { recursive: true, withFileTypes: true })) {
          if (entry.isFile() && this.#random() < 0.3) truncateSync(join(entry.parentPath, entry.name), 7);
        }
      },
      train: async () => {
        await this.#ask(() => this.#running.call('runs.train', this.#id, backbone));
      },
      cancel: async () => {
        await this.#ask(() => this.#running.call('task.cancel', this.#id));
      },
      export: async () => {
        const to = join(this.#folder, `export-${this.#made++}.csv`);
        await this.#ask(() => this.#running.call('export.start', this.#id, { format: 'csv', to }));
      },
      undo: () => this.#change((model) => model.undo(), 'labels.undo'),
      redo: () => this.#change((model) => model.redo(), 'labels.redo'),
      'a file added': async () => {
        const bytes = await drawFlower('rose', 50_000 + this.#made);
        put(this.#root, `rose/new-${this.#made++}.png`, bytes);
        this.#files = this.#bytes();
      },
      'a file renamed': async () => {
        const [name = ''] = this.#some(readdirSync(join(this.#root, 'rose')), 1);
        renameSync(join(this.#root, 'rose', name), join(this.#root, 'rose', `renamed-${this.#made++}.png`));
      },
      'a file changed': async () => {
        const [name = ''] = this.#some(readdirSync(join(this.#root, 'violet')), 1);
        put(this.#root, `violet/${name}`, await drawFlower('violet', 90_000 + this.#made++));
        this.#files = this.#bytes();
      },
      'excluded images moved out and put back, killed in between': async () => {
        await this.#kill();
        for (const command of ['move-excluded', 'put-back']) {
          const child = startCommand([command, this.#root], this.#folder);
          const exit = once(child, 'exit');
          await Promise.race([exit, pause(200 + this.#random() * 600)]);
          child.kill('SIGKILL');
          await exit;
        }
        const last = startCommand(['put-back', this.#root], this.#folder);
        await once(last, 'exit');
      },
    };
  }

  get #running(): RunningApp {
    if (!this.#app) throw new Error('the app does not run');
    return this.#app;
  }

  get #id() {
    const { id } = this.#running;
    if (!id) throw new Error('no project is open');
    return id;
  }

  async #start(): Promise<void> {
    this.#app = await RunningApp.start(this.#folder);
    const opened = await this.#app.call('project.open', { dataset: this.#root });
    if (opened.ok) {
      this.#app.id = opened.value.id;
      return;
    }
    // The way on that the page offers.
    const backups = await this.#app.call('project.backups', this.#root);
    const newest = backups.ok ? backups.value[0] : undefined;
    const restored = await this.#app.call('project.restore', this.#root, newest?.name ?? '');
    if (!restored.ok)
      throw new Error(`the project can't be opened: ${opened.error.message} ${restored.error.message}`);
    this.#app.id = restored.value.id;
  }

  async #restart(): Promise<void> {
    await this.#kill();
    await this.#start();
  }

  async #kill(): Promise<void> {
    await this.#app?.kill('SIGKILL');
  }

  #signalChildren(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of this.#app?.children ?? []) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended by itself.
      }
    }
  }

  async #label(): Promise<void> {
    const images = this.#some(this.#images, this.#random() < 0.2 ? 8 : 1);
    const kinds = ['relabel', 'relabel', 'keep', 'exclude', 'unsure', 'clear'] as const;
    const verdict = kinds[Math.floor(this.#random() * kinds.length)] ?? 'keep';
    const label = 1 + Math.floor(this.#random() * 3);
    const act: Act = verdict === 'relabel' ? { verdict, label } : { verdict };
    const decision: Decision = verdict === 'relabel' ? { verdict, label: [label as ClassId] } : { verdict };
    await this.#change((model) => model.decided(images, act), 'labels.decide', images as ImageId[], decision);
  }

  /** Asks for a change, and has the model follow the answer. */
  async #change(
    follow: (model: Model) => Model,
    name: 'labels.decide' | 'labels.undo' | 'labels.redo',
    images: ImageId[] = [],
    decision: Decision = { verdict: 'clear' },
  ): Promise<void> {
    if (!this.#app?.isAlive) return;
    this.#settle();
    const after = follow(this.#model);
    try {
      const app = this.#running;
      const reply =
        name === 'labels.decide'
          ? await app.call(name, this.#id, [{ images, decision }])
          : await app.call(name, this.#id);
      if (reply.ok) {
        this.#model = after;
        this.#acknowledged += 1;
      } else this.#refused += 1;
    } catch {
      this.#unanswered += 1;
      this.#perhaps = after;
    }
  }

  /** Asks for something that changes no label; it may be refused, or a fault may take the answer away. */
  async #ask(call: () => Promise<unknown>): Promise<void> {
    await call().catch(() => {});
  }

  /** Whether a change without an answer was stored, the store says once the app has ended. */
  #settle(): void {
    if (!this.#perhaps) return;
    if (this.#perhaps.differences(this.#stored()).length === 0) this.#model = this.#perhaps;
    this.#perhaps = null;
  }

  #check(): void {
    this.#checks += 1;
    this.#settle();
    const db = connectToRead(join(this.#project, 'labels.db'));
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') this.#lost.damagedStores += 1;
    db.close();
    this.#lost.verdicts += this.#model.differences(this.#stored()).length;
    const now = this.#bytes();
    for (const [hash, copies] of this.#files) this.#lost.files += Math.max(0, copies - (now.get(hash) ?? 0));
  }

  /** Where each image stands, as the file says. Images that came later have no place in the model. */
  #stored(): Map<number, Stand> {
    const db = connectToRead(join(this.#project, 'labels.db'));
    const rows = db
      .prepare<[number], { image: number; label: number; verdict: string | null }>(
        `SELECT image, label ->> '$[0]' AS label, verdict FROM labels WHERE image <= ? ORDER BY image`,
      )
      .all(3 * perClass);
    db.close();
    return new Map(rows.map(({ image, label, verdict }) => [image, { label, verdict }]));
  }

  /** How many files of each content there are, in the data set and in the trash. */
  #bytes(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const folder of [this.#root, join(this.#project, 'trash')].filter((place) => existsSync(place))) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const hash = createHash('sha256')
          .update(readFileSync(join(entry.parentPath, entry.name)))
          .digest('hex');
        counts.set(hash, (counts.get(hash) ?? 0) + 1);
      }
    }
    return counts;
  }

  #some<T>(from: readonly T[], count: number): T[] {
    return shuffled(from, this.#random).slice(0, count);
  }
}
