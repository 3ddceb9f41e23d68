import { resolve } from 'node:path';
import { exportTo } from '../../export/export.ts';
import { exportRows } from '../../review/export-rows.ts';
import { projectOption, UsageError, type Command } from '../command.ts';
import { createProgress, type Work } from '../progress.ts';
import { count, readingProject } from '../session.ts';

const formats = ['csv', 'folder', 'changes'] as const;
const writing: Work = { title: 'Writing', unit: 'items' };

export const exportCommand: Command = {
  name: 'export',
  args: ['DATASET'],
  summary: 'Write the cleaned data set: a CSV, a folder tree, or only the changes.',
  details:
    'Excluded images are left out. The originals are not touched, and what is there already is not overwritten.',
  options: {
    to: { type: 'string', value: 'OUT', help: 'the file or folder to write; it must not exist yet' },
    format: { type: 'string', value: formats.join('|'), help: 'default: csv' },
    link: { type: 'boolean', help: 'for folder: hard links instead of copies' },
    ...projectOption,
  },
  async run(given, { signal, say }) {
    const to = given.text('to');
    if (to === undefined) throw new UsageError('--to is missing');
    const format = formats.find((name) => name === (given.text('format') ?? 'csv'));
    if (!format) throw new UsageError(`--format is one of ${formats.join(', ')}`);
    await readingProject(given, async (project) => {
      const progress = createProgress(process.stderr);
      try {
        const result = await exportTo(
          { format, to: resolve(to), link: given.flag('link') },
          { dataset: project.dataset, root: project.root, rows: exportRows(project) },
          { signal, onProgress: (done, total) => progress.update(writing, done, total) },
        );
        progress.end();
        const written = count(result.written, format === 'changes' ? 'change' : 'image');
        const excluded = format === 'changes' ? '' : `; ${count(result.excluded, 'excluded image')} left out`;
        say(`${written} written to ${result.to}${excluded}`);
        for (const note of result.notes) say(note);
      } finally {
        progress.end();
      }
    });
  },
};
