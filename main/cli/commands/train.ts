import { spawnChild } from '../../process/fork.ts';
import { fineTuneProject } from '../../runs/fineTune.ts';
import { projectOption, sourceOptions, trainOptions, UsageError, type Command } from '../command.ts';
import { fineTuneOptions, withNetworks } from '../fineTuning.ts';
import { withBaseline } from '../session.ts';
import { describeRun } from './runs.ts';

export const train: Command = {
  name: 'train',
  args: ['DATASET'],
  summary: 'Train a new run on the current labels.',
  details:
    'With --recipe finetune, networks are trained by the fastai recipe; each image is scored by one that did not train on it.\n' +
    'A training that was interrupted goes on from its last epoch when it is started again with the same options and labels.',
  options: {
    recipe: {
      type: 'string',
      value: 'NAME',
      help: 'instant: features, and a head in closed form; finetune: networks, trained; default: instant',
    },
    ...trainOptions,
    ...fineTuneOptions,
    ...sourceOptions,
    ...projectOption,
  },
  async run(given, context) {
    const recipe = given.text('recipe') ?? 'instant';
    if (recipe === 'finetune') {
      await withNetworks(given, context, async (project, setup, work) => {
        const { run, tuned, options } = await fineTuneProject(project, spawnChild, setup, work);
        const { recommendedEpochs } = tuned;
        if (recommendedEpochs !== null) {
          context.say(
            `The validation loss was lowest after ${recommendedEpochs} of ${options.epochs} epochs: train again with --epochs ${recommendedEpochs}.`,
          );
        }
        context.print(describeRun(project.db, run));
      });
      return;
    }
    if (recipe !== 'instant')
      throw new UsageError(`there is no recipe “${recipe}”; choose instant or finetune`);
    await withBaseline(given, context, 'always', async (project, { run }) => {
      context.print(describeRun(project.db, run));
    });
  },
};
