import { importDataset } from '../../dataset/import.ts';
import { projectOption, sourceOptions, type Command } from '../command.ts';
import { createProgress } from '../progress.ts';
import { describeImport, lookingAtFiles, sourceFrom, who, withProject } from '../session.ts';

export const importCommand: Command = {
  name: 'import',
  args: ['DATASET'],
  summary: 'Bring the project up to date with the folder or CSV: new, changed, renamed and vanished files.',
  details:
    'Labels come from the parent folders unless --labels or --pattern says otherwise; train, valid and test folders\n' +
    'at the top are splits. What was said once is remembered.',
  options: { ...sourceOptions, ...projectOption },
  async run(given, context) {
    await withProject(given, async (project) => {
      const progress = createProgress(process.stderr);
      try {
        const summary = await importDataset(project, {
          source: sourceFrom(given),
          who,
          signal: context.signal,
          onProgress: (done, total) => progress.update(lookingAtFiles, done, total),
        });
        progress.end();
        context.say(describeImport(summary));
      } finally {
        progress.end();
      }
    });
  },
};
