// A reviewer who knows the truth, at work on a data set as the app would show it: the same ranking, the same trainer
// process, the same stop signal. What is decided stays in memory, so that a project folder can be used again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { StopSignal } from '../../shared/contract.ts';
import type { ClassId } from '../../shared/domain.ts';
import type { Scores } from '../../shared/scores.ts';
import { chooseBackbone } from '../../main/features/backbone/choose.ts';
import { Trainer } from '../../main/trainer/trainer.ts';
import { spawnChild } from '../../main/process/fork.ts';
import { bringUpToDate } from '../../main/runs/baseline.ts';
import { openProject } from '../../main/project/open.ts';
import { Collection, toItem, type Item } from '../../main/checks/labelErrors/collection.ts';
import { createRanking } from '../../main/checks/labelErrors/ranking.ts';
import { allClasses } from '../../main/labels/labels.ts';
import { presentImages } from '../../main/dataset/dataset.ts';
import { unfollowed } from '../../main/work/work.ts';

const data = fileURLToPath(new URL('../../../shared/data/', import.meta.url));
const backboneFolder = fileURLToPath(new URL('../../../shared/backbones/mobilenet_v1_pw12', import.meta.url));
const truthRows = z.array(z.object({ path: z.string(), truth: z.string() }));

/** A data set with known labels, ranked once, and its trainer ready to re-rank. */
export class Review {
  readonly images: Collection;
  /** Wrong labels in the set. */
  readonly errors: number;
  readonly #truth: ReadonlyMap<string, ClassId>;
  readonly #trainer: Trainer;
  readonly #classes: readonly ClassId[];
  /** Counts the verdicts, as a clock that ticks once a second. */
  #verdicts = 0;

  constructor(
    images: Collection,
    truth: ReadonlyMap<string, ClassId>,
    trainer: Trainer,
    { classes, scores }: { readonly classes: readonly ClassId[]; readonly scores: Scores },
  ) {
    this.images = images;
    this.#truth = truth;
    this.#trainer = trainer;
    this.#classes = classes;
    images.score(createRanking(scores, 1));
    this.errors = images.items.filter((item) => this.isWrong(item)).length;
  }

  /** Whether the label that the data set came with is wrong. */
  isWrong({ path, base }: Item): boolean {
    return this.#truth.get(path) !== base[0];
  }

  /** The image with the highest loss that has no verdict. */
  get worst(): Item | undefined {
    return this.images.worstFirst.find(({ verdict }) => verdict === null);
  }

  get stop(): StopSignal {
    const { stop } = this.images.summary([]);
    if (!stop) throw new Error('a ranking gives a stop signal');
    return stop;
  }

  /** Gives the true verdict, and re-ranks where it changes a label. */
  async decide(item: Item): Promise<void> {
    const truth = this.#truth.get(item.path);
    if (truth === undefined) throw new Error(`no truth of ${item.path}`);
    const wrong = this.isWrong(item);
    const { id, base } = item;
    const decidedAt = ++this.#verdicts * 1000;
    this.images.stand([{ image: id, label: [truth], base, verdict: wrong ? 'relabel' : 'keep', decidedAt }]);
    if (!wrong) return;
    const change = { image: id, label: [this.#classes.indexOf(truth)], excluded: false };
    const scores = await this.#trainer.update({ changes: [change], classes: this.#classes });
    this.images.score(createRanking(scores, 1));
  }
}

/** Null where the data is not on this machine. */
export async function withReview<T>(
  name: string,
  folder: string,
  work: (review: Review) => Promise<T>,
): Promise<T | null> {
  const dataset = join(data, name, 'images');
  if (!existsSync(dataset)) {
    console.error(`There is no ${dataset}: ${name} is left out.`);
    return null;
  }
  const project = openProject(dataset, { folder: join(folder, name) });
  const trainer = new Trainer(spawnChild);
  try {
    const { signal } = new AbortController();
    const backbone = await chooseBackbone(backboneFolder, unfollowed(signal));
    const { trained } = await bringUpToDate(
      project,
      trainer,
      { who: 'bench', backbone },
      unfollowed(signal),
      'always',
    );
    if (!trained) throw new Error('nothing was trained');
    const classes = allClasses(project.db);
    return await work(
      new Review(
        new Collection(
          [...presentImages(project.db)].flatMap((part) => part.map(toItem)),
          {
            nameOf: String,
            multiLabel: false,
            foundBy: () => new Set(),
          },
        ),
        readTruth(join(data, name, 'truth.csv'), new Map(classes.map(({ id, name }) => [name, id]))),
        trainer,
        { classes: classes.map(({ id }) => id), scores: trained.trained.scores },
      ),
    );
  } finally {
    trainer.close();
    project.close();
  }
}

function readTruth(file: string, classes: ReadonlyMap<string, ClassId>): ReadonlyMap<string, ClassId> {
  const rows = truthRows.parse(parse(readFileSync(file), { columns: true }));
  return new Map(
    rows.map(({ path, truth }) => {
      const id = classes.get(truth);
      if (id === undefined) throw new Error(`${file}: no class ${truth}`);
      return [path, id];
    }),
  );
}
