// Images that are far smaller than the others of the set, or far longer than wide: thumbnails and banners that came along.
// The thresholds are the set's own, so that a set of small pictures is not called odd as a whole.
import type { DataSetImage } from '../dataset/dataset.ts';
import { findings, type Check, type Finding } from './check.ts';

/** Pixels: below this an image shows next to nothing, where most of the set are three times as large. */
const tinySide = 32;
/** An image is of an odd ratio beyond the set's own upper quartile by so many of its interquartile ranges (Tukey 1977). */
const ranges = 3;
/** Whatever the set's quartiles are, up to this ratio of the longer side to the shorter an image is not odd. */
const usualRatio = 3;
/** Of fewer images the quartiles say too little. */
const fewest = 20;

export const oddSizes: Check = {
  kind: 'odd-size',
  /** `score`: for a tiny image how many times smaller it is than the median; else the ratio of its sides. */
  run({ dataSet }) {
    const measured = dataSet.included.flatMap(toMeasured);
    if (measured.length < fewest) return findings('odd-size', []);
    const sides = measured.map(({ side }) => side).toSorted((a, b) => a - b);
    const ratios = measured.map(({ ratio }) => Math.log(ratio)).toSorted((a, b) => a - b);
    const median = quantile(sides, 0.5);
    const limit = Math.max(
      Math.log(usualRatio),
      quantile(ratios, 0.75) + ranges * (quantile(ratios, 0.75) - quantile(ratios, 0.25)),
    );
    const found = measured.flatMap(({ image, width, height, side, ratio }): Finding[] => {
      const said = `${width} × ${height} px`;
      if (side < tinySide && median >= 3 * tinySide)
        return [
          {
            image: image.id,
            score: median / side,
            group: -1,
            evidence: `${said}, half of the set have ${median} px or more`,
          },
        ];
      if (Math.log(ratio) > limit)
        return [
          {
            image: image.id,
            score: ratio,
            group: -1,
            evidence: `${said}, ${ratio.toFixed(1)} times as long as wide`,
          },
        ];
      return [];
    });
    return findings(
      'odd-size',
      found.toSorted((a, b) => b.score - a.score),
    );
  },
};

function toMeasured(image: DataSetImage) {
  const { width, height } = image;
  if (width === null || height === null) return [];
  const [side, longer] = [Math.min(width, height), Math.max(width, height)];
  return [{ image, width, height, side, ratio: longer / side }];
}

/** @param sorted ascending. */
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.round(share * (sorted.length - 1))] ?? 0;
