import { join } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { labelledImages } from '../../project/material.ts';
import { projectOption, type Command } from '../command.ts';
import { readingProject } from '../session.ts';

export const summary: Command = {
  name: 'summary',
  args: ['DATASET'],
  summary: 'Walk a sample and a batch through every step to the network; name the first step that fails.',
  options: {
    json: { type: 'boolean', help: '{"step", "path", "gave", "problem"} a line' },
    ...projectOption,
  },
  async run(given, { print }) {
    // Loaded when it is asked for, as in `batch`.
    const { summarise } = await import('../../learn/batches/summary.ts');
    await readingProject(given, async (project) => {
      const images = labelledImages(project);
      const request = {
        root: project.root,
        cacheFolder: join(project.folder, 'cache'),
        images,
        side: 224,
        count: 64,
        seed: 1,
        epoch: 0,
      };
      for await (const step of summarise(request)) {
        const about = step.path ?? 'batch';
        print(
          given.flag('json') ? JSON.stringify(step) : `${step.step} (${about}): ${step.gave ?? step.problem}`,
        );
        if (step.problem !== null) {
          throw new Failure('not-found', `${about} fails at the step “${step.step}”: ${step.problem}.`);
        }
      }
    });
  },
};
