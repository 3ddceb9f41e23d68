import type { ClassId, Label } from '../../../shared/domain.ts';
import { allClasses, eventLog } from '../../store/labels.ts';
import { projectOption, type Command } from '../command.ts';
import { readingProject } from '../session.ts';

export const log: Command = {
  name: 'log',
  args: ['DATASET'],
  summary: 'Print every change of a label or verdict, oldest first.',
  options: { json: { type: 'boolean', help: 'one JSON object a line' }, ...projectOption },
  async run(given, { print }) {
    await readingProject(given, async ({ db }) => {
      const names = new Map<ClassId, string>(allClasses(db).map(({ id, name }) => [id, name]));
      const text = (label: Label) => label.map((id) => names.get(id) ?? `class ${id}`).join('|');
      for (const event of eventLog(db)) {
        const at = new Date(event.at).toISOString();
        const from = text(event.from);
        const to = text(event.to);
        if (given.flag('json')) {
          const { id: _, image: __, ...rest } = event;
          print(JSON.stringify({ ...rest, at, from, to }));
        } else {
          const what = event.kind === 'decide' ? (event.toVerdict ?? 'clear') : event.kind;
          const change = from === to ? from || 'no label' : `${from || 'no label'} → ${to || 'no label'}`;
          print(`${at}  ${event.who}  step ${event.step}  ${what}  ${change}  ${event.path}`);
        }
      }
    });
  },
};
