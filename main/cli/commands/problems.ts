import { problemsIn } from '../../dataset/dataset.ts';
import { projectOption, type Command } from '../command.ts';
import { readingProject } from '../session.ts';

export const problems: Command = {
  name: 'problems',
  args: ['DATASET'],
  summary: 'List the files that are not ranked, each with its reason.',
  options: { json: { type: 'boolean', help: '{"path", "reason"} a line' }, ...projectOption },
  async run(given, { print, say }) {
    await readingProject(given, async ({ db }) => {
      const files = problemsIn(db);
      for (const { path, reason } of files) {
        print(given.flag('json') ? JSON.stringify({ path, reason }) : `${path}: ${reason}`);
      }
      if (files.length === 0) say('There are no problems: every file can be ranked.');
    });
  },
};
