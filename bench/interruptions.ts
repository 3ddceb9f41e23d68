// A fine-tuning that is cancelled, and whose trainer is killed, at random moments, again and again until it ends: how long
// it takes to stop, whether a process is left, whether labels changed, and whether it ends with the same numbers as one
// that nobody interrupted. Prints one JSON object.
//   npm run bench -- interruptions [--times N] [--seed N]
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EpochSummary } from '../shared/training.ts';
import { createRandom } from '../main/math/random.ts';
import { openProject } from '../main/project/open.ts';
import { allStandings } from '../main/labels/labels.ts';
import { allRuns } from '../main/store/runs.ts';
import { drawFlowers } from '../main/testing/images.ts';
import { measure } from './cli/measured.ts';

const { values } = parseArgs({
  options: { times: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const times = Number(values.times);
const random = createRandom(Number(values.seed));
const toploss = fileURLToPath(new URL('../main/cli/toploss.ts', import.meta.url));
const recipe =
  '--recipe finetune --network small --engine wasm --batch-size 4 --size 16 --folds 2 --epochs 8 --freeze-epochs 0';

type Kind = 'cancel' | 'kill';
interface Interruption {
  readonly kind: Kind;
  /** Until the command had ended. */
  readonly seconds: number;
  readonly orphans: number;
}

const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
const dataset = join(folder, 'flowers');
try {
  await drawFlowers(dataset, 20);
  console.log(JSON.stringify(await bench(), null, 2));
} finally {
  rmSync(folder, { recursive: true });
}

async function bench() {
  const expected = await outcomeOf(join(folder, 'uninterrupted'), null);
  const interruptions: Interruption[] = [];
  let [trainings, differ, labelsChanged] = [0, 0, 0];
  for (const kind of ['cancel', 'kill'] as const) {
    while (interruptions.filter((each) => each.kind === kind).length < times) {
      const outcome = await outcomeOf(join(folder, `training-${trainings++}`), { kind, interruptions });
      if (outcome.numbers !== expected.numbers) differ += 1;
      if (outcome.labels !== expected.labels) labelsChanged += 1;
    }
  }
  const of = (kind: Kind) => {
    const all = interruptions.filter((each) => each.kind === kind);
    const seconds = all.map((each) => each.seconds).toSorted((a, b) => a - b);
    return {
      times: all.length,
      orphans: all.reduce((sum, { orphans }) => sum + orphans, 0),
      medianSeconds: seconds[Math.floor(seconds.length / 2)],
      longestSeconds: seconds.at(-1),
    };
  };
  return {
    bench: 'interruptions',
    uninterruptedSeconds: expected.seconds,
    cancelled: of('cancel'),
    killed: of('kill'),
    trainings,
    endedWithOtherNumbers: differ,
    labelsChanged,
  };
}

/** Trains to the end, through as many interruptions as it takes: at most one in each attempt. */
async function outcomeOf(
  place: string,
  how: { readonly kind: Kind; readonly interruptions: Interruption[] } | null,
) {
  const started = performance.now();
  const args = ['train', dataset, ...recipe.split(' '), '--project', place];
  for (;;) {
    const child = spawn(process.execPath, [toploss, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    const exit = once(child, 'exit');
    if (how) {
      await training(child);
      // Within what is left of it; one that has ended by then was not interrupted.
      const ended = await Promise.race([exit.then(() => true), sleep(random() * 3000).then(() => false)]);
      if (!ended) {
        how.interruptions.push(await interrupt(child, how.kind, exit));
        continue;
      }
    }
    await exit;
    if (child.exitCode === 0) break;
    throw new Error(`the training failed with exit status ${child.exitCode}`);
  }
  const { output } = await measure(toploss, ['rank', dataset, '--project', place, '--json']);
  const project = openProject(dataset, { folder: place });
  try {
    return {
      seconds: (performance.now() - started) / 1000,
      // Of the last run: an interruption may come after the first was stored.
      numbers: JSON.stringify([
        output,
        allRuns(project.db)
          .slice(-1)
          .map(({ recipe }) => lossesOf(recipe)),
      ]),
      labels: JSON.stringify(allStandings(project.db)),
    };
  } finally {
    project.close();
  }
}

/** Of every epoch, and what else does not depend on the clock. */
function lossesOf(recipe: Readonly<Record<string, unknown>>) {
  const summaries = recipe['summaries'] as readonly EpochSummary[];
  return summaries.map(({ trainLoss, validLoss, accuracy }) => [trainLoss, validLoss, accuracy]);
}

/** Once the network is being trained, or the command has ended. */
function training(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/Fine-tuning|epoch/.test(said)) resolve();
    });
    child.once('exit', () => resolve());
  });
}

async function interrupt(child: ChildProcess, kind: Kind, exit: Promise<unknown>): Promise<Interruption> {
  const processes = descendants(child.pid ?? 0);
  const started = performance.now();
  if (kind === 'cancel') child.kill('SIGINT');
  else for (const pid of processes) process.kill(pid, 'SIGKILL');
  await exit;
  const seconds = (performance.now() - started) / 1000;
  for (let waited = 0; waited < 5000 && processes.some(isAlive); waited += 50) await sleep(50);
  return { kind, seconds, orphans: processes.filter(isAlive).length };
}

function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.map(Number).flatMap((child) => [child, ...descendants(child)]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
