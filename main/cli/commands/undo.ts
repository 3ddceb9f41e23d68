import { reverse } from '../../labels/labels.ts';
import { projectOption, type Command } from '../command.ts';
import { count, who, withExistingProject } from '../session.ts';

const reversal = (name: 'undo' | 'redo', summary: string): Command => ({
  name,
  args: ['DATASET'],
  summary,
  options: projectOption,
  async run(given, { say }) {
    await withExistingProject(given, async ({ db, store }) => {
      const reversed = store(() => reverse(db, name, who));
      say(
        reversed
          ? `${name}: ${reversed.what} (${count(reversed.standings.length, 'image')})`
          : `There is nothing to ${name}.`,
      );
    });
  },
});

export const undo = reversal('undo', 'Take the last step back, one image or many.');
export const redo = reversal('redo', 'Do the last undone step again.');
