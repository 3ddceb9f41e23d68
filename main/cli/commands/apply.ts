import { applyVerdicts } from '../../labels/apply.ts';
import { projectOption, type Command } from '../command.ts';
import { count, who, withExistingProject } from '../session.ts';

export const apply: Command = {
  name: 'apply',
  args: ['DATASET', 'VERDICTS.csv'],
  summary: 'Apply verdicts from a CSV, all of them as one step that can be undone.',
  details:
    'Columns path,verdict[,label]; the verdict is relabel, keep, exclude, unsure or clear, and a relabel names its label\n' +
    '(several with | between them). Where one row is wrong, nothing is applied.',
  options: projectOption,
  async run(given, { say }) {
    await withExistingProject(given, async (project) => {
      const { changed, rows } = await applyVerdicts(project, given.arg(1), who);
      say(
        `${count(rows, 'verdict')} read, ${count(changed, 'image')} changed. To take this back: toploss undo`,
      );
    });
  },
};
