import { projectOption, sourceOptions, trainOptions, UsageError, type Command } from '../command.ts';
import { withBaseline } from '../session.ts';
import { describeRun } from './runs.ts';

export const train: Command = {
  name: 'train',
  args: ['DATASET'],
  summary: 'Train a new run on the current labels.',
  options: {
    recipe: {
      type: 'string',
      value: 'NAME',
      help: 'instant: features, and a head in closed form; the only one so far',
    },
    ...trainOptions,
    ...sourceOptions,
    ...projectOption,
  },
  async run(given, context) {
    const recipe = given.text('recipe') ?? 'instant';
    if (recipe !== 'instant') {
      throw new UsageError(`there is no recipe “${recipe}”; there is: instant`);
    }
    await withBaseline(given, context, 'always', async (project, { run }) => {
      context.print(describeRun(project.db, run));
    });
  },
};
