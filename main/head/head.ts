// The head of the model: ridge regression on features that are there already. It ranks a data set within a second
// or two, each image by the model that never saw it, and follows each change of a label within milliseconds.
// It knows images and classes by number only.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { createRandom } from '../math/random.ts';
import { calibrate, type Calibration } from './calibration.ts';
import { Design, type DesignMatrix } from './design.ts';
import {
  checkLabels,
  fittedClasses,
  isFitted,
  type LabelChange,
  type Labels,
  type RowLabel,
} from './labels.ts';
import { chooseLambda, type Sample } from './lambda.ts';
import { rowOf, zeros } from './matrix.ts';
import { leaveOut } from './predictions.ts';
import { estimateAll, normalEquations, ridgeInverse, type NormalEquations, type OnBlock } from './ridge.ts';
import { rotate } from './rotation.ts';
import { score, type RowScores } from './scores.ts';
import type { FeatureSource } from './source.ts';
import { updateFit, type Fit } from './update.ts';

/** What training chooses. With these, the same labels give the same scores again. */
export interface HeadParameters extends Calibration {
  /** The strength of the regularisation. */
  readonly lambda: number;
}

export interface Neighbour {
  readonly row: number;
  /** The cosine of the angle between the two, in standardised features. */
  readonly similarity: number;
}

export interface HeadOptions {
  /** Draws the images on which λ is chosen. */
  readonly seed: number;
  /** Those of an earlier training, to rank by them. Without them they are chosen. */
  readonly parameters?: HeadParameters;
  readonly signal?: AbortSignal;
  /** From 0 to 1. */
  readonly onProgress?: (done: number) => void;
}

/** λ is chosen on at most so many images. */
const sampleSize = 1024;
/** Changes that take one pass over the features together. */
const changesInPass = 64;

/** Learns from all rows that have a label and are not excluded. Throws a `Failure` where they are of one class only. */
export async function fitHead(
  gemm: Gemm,
  features: FeatureSource,
  labels: Labels,
  options: HeadOptions,
): Promise<Head> {
  const design = await rotate(gemm, new Design(features, options.signal));
  const { fit, parameters } = await learn(gemm, design, labels, options);
  return new Head(gemm, design, labels, parameters, fit);
}

/** All that labels teach on a design. Throws as `fitHead`. */
export async function learn(
  gemm: Gemm,
  design: DesignMatrix,
  labels: Labels,
  { seed, parameters, signal, onProgress }: HeadOptions,
): Promise<{ equations: NormalEquations; fit: Fit; parameters: HeadParameters }> {
  if (labels.rows.length !== design.rows)
    throw new RangeError(`${labels.rows.length} labels for ${design.rows} rows of features`);
  checkLabels(labels);
  const pass = (progress: number): OnBlock => {
    let rows = 0;
    return (count) => {
      signal?.throwIfAborted();
      rows += count;
      onProgress?.(progress + rows / design.rows / 2);
    };
  };
  const equations = await normalEquations(gemm, design, labels, pass(0));
  const lambda =
    parameters?.lambda ??
    (await chooseLambda(gemm, equations, drawSample(design, labels, seed), labels.multiLabel, signal));
  const fit = await solve(gemm, design, equations, lambda, pass(0.5));
  const { slope, offset } =
    parameters ?? calibrate({ labels: labels.rows, leftOut: leaveOut(labels), ...fit }, labels.multiLabel);
  return { equations, fit, parameters: { lambda, slope, offset } };
}

export class Head {
  readonly parameters: HeadParameters;
  readonly #gemm: Gemm;
  readonly #design: DesignMatrix;
  readonly #multiLabel: boolean;
  readonly #labels: RowLabel[];
  readonly #copies: Labels['copies'];
  #fit: Fit;

  constructor(gemm: Gemm, design: DesignMatrix, labels: Labels, parameters: HeadParameters, fit: Fit) {
    this.parameters = parameters;
    this.#gemm = gemm;
    this.#design = design;
    this.#multiLabel = labels.multiLabel;
    this.#labels = labels.rows.slice();
    this.#copies = labels.copies;
    this.#fit = fit;
  }

  /** By the labels as they are now. */
  scores(): RowScores {
    const labels = this.#labels;
    const leftOut = leaveOut({ rows: labels, copies: this.#copies });
    return score({ labels, leftOut, ...this.#fit }, this.parameters, this.#multiLabel);
  }

  /**
   * Puts images into a new state, the last one given for each, with the parameters as they are. `classes` is their
   * number from now on, where it has grown. One call at a time. A call that failed half way may be repeated.
   */
  async update(changes: readonly LabelChange[], classes = this.#fit.fitted.columns): Promise<void> {
    const after = this.#labels.slice();
    for (const { row, classes, included } of changes) {
      if (!(row in after)) throw new RangeError(`there is no row ${row}`);
      after[row] = { classes, included };
    }
    const labels = { multiLabel: this.#multiLabel, classes, rows: after, copies: this.#copies };
    checkLabels(labels);

    const { fitted } = this.#fit;
    if (classes > fitted.columns) this.#fit = { ...this.#fit, fitted: widen(fitted, classes) };

    const changed = after.flatMap((label, row) => (label === this.#labels[row] ? [] : [{ row, ...label }]));
    const [learnt, others] = partition(changed, (change) => !teachTheSame(change, this.#labels[change.row]));
    if (learnt.length > this.#design.columns / 2) {
      const equations = await normalEquations(this.#gemm, this.#design, labels);
      this.#fit = await solve(this.#gemm, this.#design, equations, this.parameters.lambda);
      this.#take(learnt);
    } else {
      // First those that enter the fit, so that it is never left with too few.
      const [entering, rest] = partition(learnt, ({ row }) => !isFitted(this.#labels[row]));
      for (const changes of [...chunks(entering), ...chunks(rest)]) {
        await updateFit(this.#gemm, this.#design, this.#fit, this.#labels, changes);
        this.#take(changes);
      }
    }
    this.#take(others);
  }

  /** The rows most similar to one, nearest first, of each of the groups that they are sought in. */
  nearest(row: number, groups: readonly (readonly number[])[], count: number): Neighbour[][] {
    const candidates = [...new Set(groups.flat())].filter((other) => other !== row).toSorted((a, b) => a - b);
    const similarities = this.#design.similarities(row, candidates);
    const similarityOf = new Map(candidates.map((other, i) => [other, similarities[i] ?? 0]));
    return groups.map((group) =>
      group
        .flatMap((other) => {
          const similarity = similarityOf.get(other);
          return similarity === undefined ? [] : [{ row: other, similarity }];
        })
        .toSorted((a, b) => b.similarity - a.similarity || a.row - b.row)
        .slice(0, count),
    );
  }

  #take(changes: readonly LabelChange[]): void {
    for (const { row, classes, included } of changes) this.#labels[row] = { classes, included };
  }
}

async function solve(
  gemm: Gemm,
  design: DesignMatrix,
  { gram, classSums }: NormalEquations,
  lambda: number,
  onBlock?: OnBlock,
): Promise<Fit> {
  const inverse = await ridgeInverse(gemm, gram, lambda);
  return { inverse, ...(await estimateAll(gemm, design, inverse, classSums, onBlock)) };
}

/** Fitted rows in ascending order, each as likely as any other (Knuth's selection sampling). */
function drawSample(design: DesignMatrix, labels: Labels, seed: number): Sample {
  const random = createRandom(seed);
  const candidates = [...labels.rows.keys()].filter((row) => isFitted(labels.rows[row]));
  const rows: number[] = [];
  for (const [seen, row] of candidates.entries())
    if (random() * (candidates.length - seen) < sampleSize - rows.length) rows.push(row);
  const leftOut = leaveOut(labels);
  return {
    design: design.select(rows),
    labels: rows.flatMap((row) => labels.rows[row] ?? []),
    leftOut: rows.flatMap((row) => leftOut[row] ?? []),
  };
}

function teachTheSame(a: RowLabel, b: RowLabel | undefined): boolean {
  const [before, after] = [fittedClasses(a), fittedClasses(b)];
  return before.length === after.length && before.every((k) => after.includes(k));
}

function widen(matrix: Matrix, columns: number): Matrix {
  const wide = zeros(matrix.rows, columns);
  for (let row = 0; row < matrix.rows; row++) rowOf(wide, row).set(rowOf(matrix, row));
  return wide;
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function* chunks<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += changesInPass)
    yield items.slice(start, start + changesInPass);
}
