// What the queue costs by the number of images, through the project as the app has it open: its state, orders and
// pages, and a verdict from the call to the answer, beside the least that a verdict can take: one durable write. Rows and
// scores are made up; no image is read.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { worstFirst } from '../../shared/query.ts';
import type { ClassId } from '../../shared/domain.ts';
import { emptyScores } from '../../shared/scores.ts';
import { createRandom } from '../../main/math/random.ts';
import type { Child } from '../../main/process/child.ts';
import { picturesAt } from '../../main/images/addresses.ts';
import { LiveProject } from '../../main/service/live.ts';
import { openProject } from '../../main/project/open.ts';
import { insertImage } from '../../main/store/images.ts';
import { ensureClass, labelsVersion } from '../../main/labels/labels.ts';
import type { Db } from '../../main/store/open.ts';
import { putProject } from '../../main/store/project.ts';
import { insertRun } from '../../main/store/runs.ts';

export const classes = 100;
const suggestionsEach = 9;
export const pageLength = 200;
const pages = 200;
const verdicts = 100;

/** Milliseconds of each call. */
export async function measureQueue(images: number) {
  const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
  try {
    return await measure(images, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(images: number, folder: string) {
  const dataset = join(folder, 'images');
  mkdirSync(dataset);
  const project = openProject(dataset, { folder: join(folder, 'project') });
  fill(project.db, images, dataset);
  const began = performance.now();
  const live = await LiveProject.open(project, {
    spawn: silent,
    addressOf: picturesAt(null),
    who: 'bench',
    onChange: () => {},
  });
  const opening = performance.now() - began;
  try {
    const firstState = timed(() => live.state).milliseconds;
    const firstOrder = timed(() => live.page(worstFirst, null, pageLength)).milliseconds;
    const decide = times(verdicts, () => {
      const [worst] = live.page(worstFirst, null, 1).ids;
      if (worst === undefined) throw new Error('the queue is empty');
      return () => {
        live.decide([{ images: [worst], decision: { verdict: 'keep' } }]);
        return live.state;
      };
    });
    const touch = project.db.prepare(
      'UPDATE labels SET decided_at = ifnull(decided_at, 0) + 1 WHERE image = 1',
    );
    const durableWrite = times(verdicts, () => () => touch.run());
    const anew = times(20, (round) => () => live.page({ ...worstFirst, search: `${round}` }, null, 1));
    const bySort = Object.fromEntries(
      (['class', 'file', 'verdict'] as const).map((sort) => [
        sort,
        timed(() => live.page({ ...worstFirst, sort }, null, pageLength)).milliseconds,
      ]),
    );
    const { ids } = live.order(worstFirst);
    const random = createRandom(1);
    const page = times(pages, () => {
      const after = ids[Math.floor(random() * ids.length)] ?? null;
      return () => live.page(worstFirst, after, pageLength);
    });
    return {
      images,
      milliseconds: {
        open: opening,
        firstState,
        firstOrder,
        decide,
        durableWrite,
        newSearch: anew,
        newSort: bySort,
        page,
        insights: timed(() => live.insights()).milliseconds,
      },
    };
  } finally {
    await live.close();
  }
}

/** Rows as an import and a training would leave them. */
function fill(db: Db, images: number, dataset: string): void {
  const random = createRandom(images);
  db.transaction(() => {
    putProject(db, { dataset, source: {}, multiLabel: false });
    const ids = Array.from({ length: classes }, (_, k) => ensureClass(db, `class ${k}`).id);
    const draw = () => ids[Math.floor(random() * classes)] ?? (1 as ClassId);
    const scores = emptyScores(images, suggestionsEach);
    for (let i = 0; i < images; i++) {
      const label = draw();
      scores.images[i] = insertImage(db, {
        path: `class-${label}/${String(i).padStart(8, '0')}.jpg`,
        size: 1,
        mtimeMs: 0,
        ino: i,
        format: 'jpeg',
        split: null,
        importedLabel: [label],
        reason: null,
      });
      const loss = -Math.log(1 - random());
      const others = Array.from({ length: suggestionsEach }, draw).filter((id) => id !== label);
      const left = 1 - Math.exp(-loss);
      scores.loss[i] = loss;
      scores.probability[i] = Math.exp(-loss);
      scores.predicted[i] = left > 0.5 ? (others[0] ?? label) : label;
      for (const [place, id] of others.entries()) {
        scores.suggestedClasses[i * suggestionsEach + place] = id;
        scores.suggestedProbabilities[i * suggestionsEach + place] = left / 2 ** (place + 1);
      }
    }
    insertRun(
      db,
      {
        at: 0,
        version: labelsVersion(db),
        seed: 1,
        backbone: 'none',
        engine: 'none',
        recipe: {},
        timings: {},
        images,
        meanLoss: 1,
        accuracy: 0.5,
      },
      scores,
    );
  })();
}

/** A trainer that never answers: what is measured must not wait for it. */
function silent(): Child {
  return { pid: undefined, send: () => {}, onMessage: () => {}, onExit: () => {}, kill: () => {} };
}

function timed<T>(work: () => T): { value: T; milliseconds: number } {
  const started = performance.now();
  const value = work();
  return { value, milliseconds: round(performance.now() - started) };
}

/** What `prepare` does first is not measured. */
function times(count: number, prepare: (round: number) => () => unknown) {
  const measured = Array.from({ length: count }, (_, i) => timed(prepare(i)).milliseconds).toSorted(
    (a, b) => a - b,
  );
  const quantile = (share: number) => measured[Math.ceil(share * count) - 1] ?? Number.NaN;
  return { median: quantile(0.5), p95: quantile(0.95), worst: quantile(1) };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
