import type { ClassId, Label } from '../../../shared/domain.ts';
import { allClasses, eventLog } from '../../labels/labels.ts';
import { projectOption, type Command } from '../command.ts';
import { readingProject } from '../session.ts';
import { table } from '../table.ts';

export const log: Command = {
  name: 'log',
  args: ['DATASET'],
  summary: 'Print every change of a label or verdict, oldest first.',
  options: { json: { type: 'boolean', help: 'one JSON object a line' }, ...projectOption },
  async run(given, { print, say }) {
    await readingProject(given, async ({ db }) => {
      const names = new Map<ClassId, string>(allClasses(db).map(({ id, name }) => [id, name]));
      const text = (label: Label) => label.map((id) => names.get(id) ?? `class ${id}`).join('|');
      const events = eventLog(db).map((event) => ({
        at: new Date(event.at).toISOString(),
        who: event.who,
        step: event.step,
        kind: event.kind,
        what: event.what,
        path: event.path,
        from: text(event.from),
        to: text(event.to),
        fromVerdict: event.fromVerdict,
        toVerdict: event.toVerdict,
        run: event.run,
        rank: event.rank,
        loss: event.loss,
      }));
      const lines = given.flag('json')
        ? events.map((event) => JSON.stringify(event))
        : table(
            events.map(({ at, who, step, kind, toVerdict, from, to, path }) => [
              at.slice(0, 19).replace('T', ' '),
              who,
              `step ${step}`,
              kind === 'decide' ? (toVerdict ?? 'clear') : kind,
              (from === to ? [from] : [from, to]).map((label) => label || 'no label').join(' → '),
              path,
            ]),
          );
      for (const line of lines) print(line);
      if (lines.length === 0) say('Nothing has been changed yet.');
    });
  },
};
