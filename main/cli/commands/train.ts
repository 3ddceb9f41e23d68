import { projectOption, sourceOptions, trainOptions, UsageError, type Command } from '../command.ts';
import { baseline, withProject } from '../session.ts';
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
    await withProject(given, async (project) => {
      const { run } = await baseline(project, given, context, 'always');
      context.print(describeRun(project.db, run));
    });
  },
};
