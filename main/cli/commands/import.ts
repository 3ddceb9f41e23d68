import { importDataset } from '../../dataset/import.ts';
import { projectOption, sourceOptions, type Command } from '../command.ts';
import { describeImport, sourceFrom, who, withProgress, withProject } from '../session.ts';

export const importCommand: Command = {
  name: 'import',
  args: ['DATASET'],
  summary: 'Bring the project up to date with the folder or CSV: new, changed, renamed and vanished files.',
  details:
    'Labels come from the parent folders unless --labels or --pattern says otherwise; train, valid and test folders\n' +
    'at the top are splits. What was said once is remembered.',
  options: { ...sourceOptions, ...projectOption },
  async run(given, context) {
    await withProject(given, (project) =>
      withProgress(context, async (work, tell) =>
        tell(describeImport(await importDataset(project, { source: sourceFrom(given), who }, work))),
      ),
    );
  },
};
