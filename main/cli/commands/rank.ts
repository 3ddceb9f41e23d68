import { rankedImages, type RankedImage } from '../../review/ranked.ts';
import { projectOption, sourceOptions, trainOptions, type Command } from '../command.ts';
import { baseline, withProject } from '../session.ts';

const linesOnATerminal = 30;

export const rank: Command = {
  name: 'rank',
  args: ['DATASET'],
  summary:
    'Import, train the baseline where there is none or it is stale, and print the images, worst first.',
  details:
    'With --json, one object a line for every labelled image that is not excluded:\n' +
    '{"rank", "path", "label", "predicted", "loss", "probability", "suggestions": [{"label", "probability"}], "verdict"}',
  options: {
    json: { type: 'boolean', help: 'one JSON object a line' },
    limit: {
      type: 'string',
      value: 'N',
      help: `print the worst N; default: all with --json, else ${linesOnATerminal}`,
    },
    ...trainOptions,
    ...sourceOptions,
    ...projectOption,
  },
  async run(given, context) {
    await withProject(given, async (project) => {
      const json = given.flag('json');
      const limit = given.integer('limit');
      const { run } = await baseline(project, given, context, 'if-stale');
      const images = rankedImages(project.db, run);
      const shown = images.slice(0, limit ?? (json ? images.length : linesOnATerminal));
      for (const image of shown) context.print(json ? toJson(image) : toText(image));
      if (shown.length < images.length && limit === undefined) {
        context.say(`${shown.length} of ${images.length.toLocaleString('en')}; more with --limit N`);
      }
    });
  },
};

function toJson({ label, ...image }: RankedImage): string {
  const { rank, path, ...rest } = image;
  return JSON.stringify({ rank, path, label: label.join('|'), ...rest });
}

function toText({ rank, path, label, loss, suggestions, verdict }: RankedImage): string {
  const [best] = suggestions;
  const suggested = best ? ` → ${best.label} ${Math.round(best.probability * 100)} %` : '';
  return `${String(rank).padStart(5)}  ${loss.toFixed(2).padStart(6)}  ${label.join('|')}${suggested}  ${path}${verdict ? `  (${verdict})` : ''}`;
}
