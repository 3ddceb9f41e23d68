import type { Run } from '../../../shared/contract.ts';
import type { RunId } from '../../../shared/domain.ts';
import { compareRuns, listRuns } from '../../review/compare.ts';
import { projectOption, UsageError, type Command } from '../command.ts';
import { readingProject } from '../session.ts';

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
  async run(given, { print }) {
    await readingProject(given, async ({ db }) => {
      const pair = given.text('compare');
      if (pair === undefined) {
        for (const run of listRuns(db)) print(given.flag('json') ? JSON.stringify(run) : describeRun(run));
        return;
      }
      const ids = /^(\d+),(\d+)$/.exec(pair);
      if (!ids) throw new UsageError(`--compare takes two run numbers, as in 1,2; not ${pair}`);
      const comparison = compareRuns(db, Number(ids[1]) as RunId, Number(ids[2]) as RunId);
      if (given.flag('json')) {
        print(JSON.stringify(comparison));
        return;
      }
      print(describeRun(comparison.before));
      print(describeRun(comparison.after));
      for (const { on, images, before, after } of comparison.accuracy) {
        print(
          before === null || after === null
            ? `accuracy on the ${on} labels: there are none`
            : `accuracy on the ${on} labels: ${percent(before)} → ${percent(after)} (${images} images)`,
        );
      }
      print(
        `${comparison.moved} of ${comparison.compared} images moved by more than 1 % of the ranking; furthest:`,
      );
      for (const { path, from, to } of comparison.furthest) print(`  ${from} → ${to}  ${path}`);
    });
  },
};

export function describeRun(run: Run): string {
  return [
    `run ${run.id}`,
    new Date(run.at).toISOString().slice(0, 19).replace('T', ' '),
    `${run.backbone} on ${run.engine}`,
    `${run.images} images in ${run.seconds.toFixed(1)} s`,
    `mean loss ${run.meanLoss.toFixed(3)}`,
    `accuracy ${percent(run.accuracy)}`,
    run.stale ? 'stale' : 'up to date',
  ].join(' · ');
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
