import { rankedImages, type RankedImage } from '../../checks/labelErrors/ranked.ts';
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
      const images = rankedImages(project.db, run);
      const shown = images.slice(0, limit ?? (json ? images.length : linesForPeople));
      for (const line of json ? shown.map(toJson) : toTable(shown)) context.print(line);
      if (limit === undefined && shown.length < images.length) {
        context.say(`The worst ${count(shown.length)} of ${count(images.length)}; more with --limit N`);
      }
    });
  },
};

function toJson({ label, ...image }: RankedImage): string {
  const { rank, path, ...rest } = image;
  return JSON.stringify({ rank, path, label: label.join('|'), ...rest });
}

function toTable(images: readonly RankedImage[]): string[] {
  const rows = images.map(({ rank, loss, label, suggestions: [best], path, verdict }) => [
    String(rank),
    loss.toFixed(2),
    label.join('|'),
    best?.label ?? '',
    best ? `${Math.round(best.probability * 100)} %` : '',
    verdict ? `${path} (${verdict})` : path,
  ]);
  return table([['rank', 'loss', 'label', 'suggested', '', 'image'], ...rows], [0, 1, 4]);
}
