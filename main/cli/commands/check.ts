import { checkOf, checks } from '../../checks/index.ts';
import { findingKinds } from '../../../shared/findings.ts';
import { DataSet } from '../../dataset/dataset.ts';
import { latestRun, readScores } from '../../store/runs.ts';
import { projectOption, UsageError, type Command } from '../command.ts';
import { count, readingProject } from '../session.ts';

export const check: Command = {
  name: 'check',
  args: ['DATASET'],
  summary: 'List what else looks wrong: copies, odd sizes; and the label errors of the last ranking.',
  details: `Kinds: ${findingKinds.join(', ')}. With --json, one object a line: {"kind", "path", "score", "group", "evidence"}`,
  options: {
    kind: { type: 'string', value: 'NAME', help: 'only findings of this kind' },
    json: { type: 'boolean', help: 'one JSON object a line' },
    ...projectOption,
  },
  async run(given, { print, say }) {
    const wanted = given.text('kind');
    const kind = findingKinds.find((name) => name === wanted);
    if (wanted !== undefined && kind === undefined)
      throw new UsageError(`there is no check “${wanted}”; there are: ${findingKinds.join(', ')}`);
    await readingProject(given, async ({ db }) => {
      const dataSet = DataSet.read(db);
      const pathOf = new Map(dataSet.images.map(({ id, path }) => [Number(id), path]));
      const run = latestRun(db);
      const scores = run && readScores(db, run.id);
      for (const one of kind ? [checkOf(kind)] : checks) {
        const { images, score, group, evidence } = one.run({ dataSet, scores });
        for (const [row, image] of images.entries()) {
          const path = pathOf.get(image) ?? '';
          const found = {
            kind: one.kind,
            path,
            score: score[row],
            group: group[row],
            evidence: evidence[row],
          };
          print(given.flag('json') ? JSON.stringify(found) : `${one.kind}  ${path}: ${found.evidence}`);
        }
        say(`${one.kind}: ${count(images.length, 'image')}`);
      }
    });
  },
};
