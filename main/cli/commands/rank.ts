import { DataSet } from '../../dataset/dataset.ts';
import { rankedImages } from '../../dataset/queue.ts';
import { readScores } from '../../store/runs.ts';
import type { RunId } from '../../../shared/domain.ts';
import type { Db } from '../../store/open.ts';
import { projectOption, sourceOptions, trainOptions, type Command } from '../command.ts';
import { count, withBaseline } from '../session.ts';
import { table } from '../table.ts';
import { describeRun } from './runs.ts';

const linesForPeople = 30;

export const rank: Command = {
  name: 'rank',
  args: ['DATASET'],
  summary:
    'Import, train a baseline if there is none or it is out of date, and print the images, worst first.',
  details:
    'With --json, one object a line for every labelled image that is not excluded:\n' +
    '{"rank", "path", "label", "predicted", "loss", "probability", "suggestions": [{"label", "probability"}], "verdict"}',
  options: {
    json: { type: 'boolean', help: 'one JSON object a line' },
    limit: {
      type: 'string',
      value: 'N',
      help: `print the worst N; default: all with --json, else ${linesForPeople}`,
    },
    ...trainOptions,
    ...sourceOptions,
    ...projectOption,
  },
  async run(given, context) {
    const json = given.flag('json');
    const limit = given.integer('limit');
    await withBaseline(given, context, 'if-stale', async (project, { run, trained }) => {
      if (trained) context.say(describeRun(project.db, run));
      const images = linesOf(project.db, run);
      const shown = images.slice(0, limit ?? (json ? images.length : linesForPeople));
      for (const line of json ? shown.map((line) => JSON.stringify(line)) : toTable(shown))
        context.print(line);
      if (limit === undefined && shown.length < images.length) {
        context.say(`The worst ${count(shown.length)} of ${count(images.length)}; more with --limit N`);
      }
    });
  },
};

/** One image, as `--json` prints it: with names for ids. */
export type Line = ReturnType<typeof linesOf>[number];

function linesOf(db: Db, run: RunId) {
  const dataset = DataSet.read(db);
  return rankedImages(dataset, readScores(db, run)).map((image, index) => ({
    rank: index + 1,
    path: image.path,
    label: dataset.namesOf(image.label).join('|'),
    predicted: dataset.nameOf(image.predicted),
    loss: image.loss,
    probability: image.probability,
    suggestions: image.suggestions.map(({ class: id, probability }) => ({
      label: dataset.nameOf(id),
      probability,
    })),
    verdict: image.verdict,
  }));
}

function toTable(images: readonly Line[]): string[] {
  const rows = images.map(({ rank, loss, label, suggestions: [best], path, verdict }) => [
    String(rank),
    loss.toFixed(2),
    label,
    best?.label ?? '',
    best ? `${Math.round(best.probability * 100)} %` : '',
    verdict ? `${path} (${verdict})` : path,
  ]);
  return table([['rank', 'loss', 'label', 'suggested', '', 'image'], ...rows], [0, 1, 4]);
}
