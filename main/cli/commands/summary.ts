import { Failure } from '../../../shared/failure.ts';
import { spawnChild } from '../../process/fork.ts';
import { summariseProject } from '../../runs/fineTune.ts';
import type { Command } from '../command.ts';
import { trialOptions, withNetworks } from '../fineTuning.ts';

export const summary: Command = {
  name: 'summary',
  args: ['DATASET'],
  summary: 'Walk a sample and a batch through every step up to the loss; name the first step that fails.',
  options: {
    json: { type: 'boolean', help: '{"step", "path", "gave", "problem"} a line' },
    ...trialOptions,
  },
  async run(given, context) {
    await withNetworks(given, context, async (project, setup, work) => {
      for (const step of await summariseProject(project, spawnChild, setup, work)) {
        const about = step.path ?? 'batch';
        context.print(
          given.flag('json') ? JSON.stringify(step) : `${step.step} (${about}): ${step.gave ?? step.problem}`,
        );
        if (step.problem !== null) {
          throw new Failure('not-found', `${about} fails at the step “${step.step}”: ${step.problem}.`);
        }
      }
    });
  },
};
