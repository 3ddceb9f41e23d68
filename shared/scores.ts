// What a model says of images, out of sample. One shape for the trainer, its wire, the store and memory; and the view of
// a single image, as the page gets it.
import type { ClassId, ImageId, Suggestion } from './domain.ts';

/** Columns: a row is an image that was scored. Single precision, as it was computed. */
export interface Scores {
  /** The id of each row's image, each once, in any order. */
  readonly images: Int32Array;
  /** Cross-entropy of the given label in nats; NaN without a label. */
  readonly loss: Float32Array;
  /** Of the given label: for several classes, of exactly that set. NaN without a label. */
  readonly probability: Float32Array;
  /** The id of the best class, given or not. */
  readonly predicted: Int32Array;
  /** Suggestions a row: in the next two it has so many numbers, zeros where there are fewer. */
  readonly perImage: number;
  /** Ids of the best classes that were not given, best first. */
  readonly suggestedClasses: Int32Array;
  readonly suggestedProbabilities: Float32Array;
}

/** One row of them. */
export interface Score {
  /** Cross-entropy of the given label in nats; null without a label. */
  readonly loss: number | null;
  /** Of the given label. */
  readonly probability: number | null;
  /** The best class of all. */
  readonly predicted: ClassId;
  /** The best other classes, best first, at most nine. */
  readonly suggestions: readonly Suggestion[];
}

/** Rows without a score and a suggestion yet. */
export function emptyScores(rows: number, perImage: number): Scores {
  return {
    images: new Int32Array(rows),
    loss: new Float32Array(rows).fill(Number.NaN),
    probability: new Float32Array(rows).fill(Number.NaN),
    predicted: new Int32Array(rows),
    perImage,
    suggestedClasses: new Int32Array(rows * perImage),
    suggestedProbabilities: new Float32Array(rows * perImage),
  };
}

export function scoreAt(scores: Scores, row: number): Score {
  const { perImage, suggestedClasses, suggestedProbabilities } = scores;
  const suggestions: Suggestion[] = [];
  for (let s = row * perImage; s < (row + 1) * perImage; s++) {
    const id = suggestedClasses[s] ?? 0;
    if (id > 0) suggestions.push({ class: id as ClassId, probability: suggestedProbabilities[s] ?? 0 });
  }
  return {
    loss: known(scores.loss[row]),
    probability: known(scores.probability[row]),
    predicted: scores.predicted[row] as ClassId,
    suggestions,
  };
}

/** The images that were scored, with what was said of each. */
export function* eachScore(scores: Scores): Generator<Score & { readonly image: ImageId }> {
  for (const [row, image] of scores.images.entries())
    yield { image: image as ImageId, ...scoreAt(scores, row) };
}

const known = (value = Number.NaN) => (Number.isNaN(value) ? null : value);
