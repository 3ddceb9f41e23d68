import { Failure } from '../../../shared/failure.ts';
import { gatherMaterial } from '../../runs/material.ts';
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
    const { print, say } = context;
    await withNetworks(given, context, async (project, { options, engine, seed }) => {
      // Loaded when it is asked for: TensorFlow.js takes a while, and what decodes the user's files takes sharp's SVG away.
      const [{ openEngine }, { openNetwork }, { summarise }] = await Promise.all([
        import('../../networks/engine/engine.ts'),
        import('../../networks/network/open.ts'),
        import('../../networks/recipe/summary.ts'),
      ]);
      const { name, device } = await openEngine(engine);
      say(`${name}: ${device}`);
      const { classes, request } = gatherMaterial(project);
      const { network: choice, batchSize, side } = options;
      const network = await openNetwork({ network: choice, classes: classes.length, seed });
      const classNames = classes.map(({ name }) => name);
      for await (const step of summarise({ ...request, classNames, batchSize, side, seed }, network)) {
        const about = step.path ?? 'batch';
        print(
          given.flag('json') ? JSON.stringify(step) : `${step.step} (${about}): ${step.gave ?? step.problem}`,
        );
        if (step.problem !== null) {
          throw new Failure('not-found', `${about} fails at the step “${step.step}”: ${step.problem}.`);
        }
      }
      network.dispose();
    });
  },
};
