import type { Run, RunComparison } from '../../../shared/contract.ts';
import type { RunId } from '../../../shared/domain.ts';
import { compareRuns, listRuns } from '../../runs/compare.ts';
import type { Db } from '../../store/open.ts';
import { projectOption, UsageError, type Command, type Given } from '../command.ts';
import { count, readingProject } from '../session.ts';
import { table } from '../table.ts';

export const runs: Command = {
  name: 'runs',
  args: ['DATASET'],
  summary: 'List the training runs, or compare two of them.',
  options: {
    compare: {
      type: 'string',
      value: 'A,B',
      help: 'compare run A with run B: accuracy, and which images moved',
    },
    json: { type: 'boolean', help: 'JSON, one object a line' },
    ...projectOption,
  },
  async run(given, { print, say }) {
    const json = given.flag('json');
    const pair = comparedFrom(given);
    await readingProject(given, async ({ db }) => {
      if (pair) {
        const comparison = compareRuns(db, ...pair);
        for (const line of json ? [JSON.stringify(comparison)] : describeComparison(comparison)) print(line);
        return;
      }
      const runs = listRuns(db);
      for (const line of json ? runs.map((run) => JSON.stringify(run)) : table(runs.map(cells))) print(line);
      if (runs.length === 0) say('There are no runs yet. Make one with: toploss train');
    });
  },
};

function comparedFrom(given: Given): [RunId, RunId] | null {
  const pair = given.text('compare');
  if (pair === undefined) return null;
  const ids = /^(\d+),(\d+)$/.exec(pair);
  if (!ids) throw new UsageError(`--compare takes two run numbers, as in 1,2; not ${pair}`);
  return [Number(ids[1]) as RunId, Number(ids[2]) as RunId];
}

/** One run of the project, in one line. */
export function describeRun(db: Db, id: RunId): string {
  return listRuns(db)
    .filter((run) => run.id === id)
    .map((run) => cells(run).join(' · '))
    .join();
}

const cells = (run: Run): string[] => [
  `run ${run.id}`,
  new Date(run.at).toISOString().slice(0, 19).replace('T', ' '),
  `${run.backbone} on ${run.engine}`,
  `${count(run.images, 'image')} in ${run.seconds.toFixed(1)} s`,
  `mean loss ${run.meanLoss.toFixed(3)}`,
  `accuracy ${percent(run.accuracy)}`,
  run.stale ? 'stale' : 'up to date',
];

function describeComparison({ before, after, accuracy, moved, compared, furthest }: RunComparison): string[] {
  return [
    ...table([cells(before), cells(after)]),
    '',
    ...table(
      accuracy.map(({ on, images, before, after }) => [
        `accuracy on the ${on} labels`,
        before === null || after === null
          ? 'there are none'
          : `${percent(before)} → ${percent(after)}  (${count(images, 'image')})`,
      ]),
    ),
    '',
    `${count(moved)} of ${count(compared, 'image')} moved by more than 1 % of the ranking`,
    ...table(
      [['from', 'to', 'image'], ...furthest.map(({ path, from, to }) => [`${from}`, `${to}`, path])],
      [0, 1],
    ),
  ];
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
