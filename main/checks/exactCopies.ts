// Images whose files have the same bytes. Copies with different labels come first: one of the labels is surely wrong.
import type { DataSetImage } from '../dataset/dataset.ts';
import { findings, type Check, type Finding } from './check.ts';

/** Above every group whose labels agree, however large. */
const labelsDiffer = 1e6;

export const exactCopies: Check = {
  kind: 'exact-copy',
  /** `score`: how many there are of the content, and a million more where their labels differ. */
  run({ dataSet }) {
    const copies = Map.groupBy(
      dataSet.included.filter(({ hash }) => hash !== null),
      ({ hash }) => hash?.toString('base64'),
    );
    const groups = [...copies.values()]
      .filter((group) => group.length > 1)
      .map((group) => ({ group, score: group.length + (differ(group) ? labelsDiffer : 0) }))
      .toSorted((a, b) => b.score - a.score);
    return findings(
      'exact-copy',
      groups.flatMap(({ group, score }, number): Finding[] =>
        group.map(({ id, label }) => {
          const others = group.length - 1;
          const labels = new Set(group.map((other) => dataSet.namesOf(other.label).join(' | ')));
          const said =
            labels.size > 1
              ? `labels differ: ${[...labels].join(', ')}`
              : `all ${dataSet.namesOf(label).join(' | ')}`;
          const evidence = `same bytes as ${others === 1 ? 'another' : `${others} others`}, ${said}`;
          return { image: id, score, group: number, evidence };
        }),
      ),
    );
  },
};

const differ = (group: readonly DataSetImage[]) => new Set(group.map(({ label }) => label.join())).size > 1;
