// Images whose label a model that has not seen them finds hard to believe: what the review ranks, as findings.
import { eachScore } from '../../../shared/scores.ts';
import { findings, type Check, type Finding } from '../check.ts';

export const labelErrors: Check = {
  kind: 'label-error',
  /** `score`: the loss in nats. Found is an image that would rather be of another class, and that nobody has looked at. */
  run({ dataSet, scores }) {
    if (!scores) return findings('label-error', []);
    const open = new Map(
      dataSet.included.flatMap((image) => (image.verdict === null ? [[image.id, image] as const] : [])),
    );
    const found: Finding[] = [];
    for (const { image: id, loss, predicted, suggestions } of eachScore(scores)) {
      const image = open.get(id);
      if (!image || loss === null || image.label.includes(predicted)) continue;
      const best = suggestions.find((suggestion) => suggestion.class === predicted);
      const share = best ? `, ${Math.round(100 * best.probability)} %` : '';
      const evidence = `labelled ${dataSet.namesOf(image.label).join(' | ')}, looks like ${dataSet.nameOf(predicted)}${share}`;
      found.push({ image: id, score: loss, group: -1, evidence });
    }
    return findings(
      'label-error',
      found.toSorted((a, b) => b.score - a.score),
    );
  },
};
