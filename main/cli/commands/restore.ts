import { projectBackups, restoreProject } from '../../project/open.ts';
import type { RestorableBackup } from '../../store/restore.ts';
import { projectOption, type Command } from '../command.ts';
import { count } from '../session.ts';
import { table } from '../table.ts';

export const restore: Command = {
  name: 'restore',
  args: ['DATASET', '[BACKUP]'],
  summary: 'Go back to a backup of the labels: the newest that is intact, or the one that is named.',
  details:
    'labels.db is moved aside, never deleted, so that this too can be taken back. Backups are made daily and before each\n' +
    'change of the schema.',
  options: {
    list: { type: 'boolean', help: 'list the backups that are intact, newest first, and change nothing' },
    ...projectOption,
  },
  async run(given, { print, say }) {
    const place = { folder: given.text('project') };
    if (given.flag('list')) {
      const backups = projectBackups(given.arg(0), place);
      for (const line of table(backups.map((backup) => [backup.name, ...describe(backup)]))) print(line);
      if (backups.length === 0) say('There is no intact backup.');
      return;
    }
    const restored = restoreProject(given.arg(0), given.optionalArg(1) ?? undefined, place);
    say(`The labels are those of ${restored.name}: ${describe(restored).join('; ')}.`);
    if (restored.aside !== null) say(`What was there before is kept in ${restored.aside}`);
  },
};

function describe({ verdicts, differ }: RestorableBackup): string[] {
  return [
    count(verdicts, 'verdict'),
    differ === null
      ? 'what labels.db had on top cannot be read'
      : `${count(differ, 'label')} ${differ === 1 ? 'differs' : 'differ'} from labels.db`,
  ];
}
