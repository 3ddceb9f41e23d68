import { allImages } from '../../store/images.ts';
import { projectOption, type Command } from '../command.ts';
import { readingProject } from '../session.ts';

export const problems: Command = {
  name: 'problems',
  args: ['DATASET'],
  summary: 'List the files that are not ranked, each with its reason.',
  options: { json: { type: 'boolean', help: '{"path", "reason"} a line' }, ...projectOption },
  async run(given, { print }) {
    await readingProject(given, async ({ db }) => {
      for (const { path, reason, missing } of allImages(db)) {
        if (reason === null || missing) continue;
        print(given.flag('json') ? JSON.stringify({ path, reason }) : `${path}: ${reason}`);
      }
    });
  },
};
