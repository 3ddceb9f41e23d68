import { resolve } from 'node:path';
import { exportTo } from '../../formats/export.ts';
import { exportSource } from '../../service/exportSource.ts';
import { projectOption, UsageError, type Command } from '../command.ts';
import { count, readingProject, withProgress } from '../session.ts';

const formats = ['csv', 'folder', 'changes', 'model'] as const;
const units = { csv: 'image', folder: 'image', changes: 'change', model: 'file' };

export const exportCommand: Command = {
  name: 'export',
  args: ['DATASET'],
  summary: 'Write the cleaned data set (a CSV, a folder tree, only the changes), or the fine-tuned network.',
  details:
    'Excluded images are left out. The originals are not touched, and nothing that exists is overwritten.',
  options: {
    to: { type: 'string', value: 'OUT', help: 'the file or folder to write; it must not exist yet' },
    format: { type: 'string', value: formats.join('|'), help: 'default: csv' },
    link: { type: 'boolean', help: 'for folder: hard links instead of copies' },
    ...projectOption,
  },
  async run(given, context) {
    const { say } = context;
    const to = given.text('to');
    if (to === undefined) throw new UsageError('--to is missing');
    const format = formats.find((name) => name === (given.text('format') ?? 'csv'));
    if (!format) throw new UsageError(`--format is one of ${formats.join(', ')}`);
    await readingProject(given, async (project) => {
      const request = { format, to: resolve(to), link: given.flag('link') };
      const result = await withProgress(context, (work) => exportTo(request, exportSource(project), work));
      const written = count(result.written, units[format]);
      const excluded =
        units[format] === 'image' ? `; ${count(result.excluded, 'excluded image')} left out` : '';
      say(`${written} written to ${result.to}${excluded}`);
      for (const note of result.notes) say(note);
    });
  },
};
