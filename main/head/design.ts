// The input of the regression, made from features block by block: mean 0 and deviation 1 for each column over all
// images, and a constant 1 at the end.
// It knows no labels, so it does not harm the leave-one-out prediction.
import { Failure } from '../../shared/failure.ts';
import type { Gemm, Matrix } from '../math/gemm.ts';
import { add, dot, rowOf, zeros } from './matrix.ts';
import type { FeatureSource } from './source.ts';

export interface DesignBlock {
  readonly start: number;
  /** Free to be written to. Valid until the next block is asked for. */
  readonly matrix: Matrix;
}

/** The regressors: a row an image, the constant in the last column. */
export interface DesignMatrix {
  readonly rows: number;
  readonly columns: number;
  /** All rows in order. */
  blocks(): Iterable<DesignBlock>;
  /** A few rows, given in ascending order. */
  select(rows: readonly number[]): Matrix;
  /** The cosine between one row and each of some others, given in ascending order; the constant has no part in it. */
  similarities(row: number, others: readonly number[]): Float64Array;
  /** The product of all rows with each row of `vectors`: one row an image, one column a vector. */
  project(gemm: Gemm, vectors: Matrix): Promise<Matrix>;
}

/** A column whose deviation is below this share of its size varies only by the rounding of its 32-bit numbers. */
const resolution = 1e-6;

export class Design implements DesignMatrix {
  readonly rows: number;
  /** Features and the constant. */
  readonly columns: number;
  readonly #source: FeatureSource;
  /** Of each feature. */
  readonly mean: Float64Array;
  /** One over the deviation; 0 for a column that does not vary, which takes it out of the model. */
  readonly #scale: Float64Array;

  /** Reads all features to learn how to standardise them. */
  constructor(source: FeatureSource, signal?: AbortSignal) {
    this.rows = source.rows;
    this.columns = source.columns + 1;
    this.#source = source;
    this.mean = new Float64Array(source.columns);
    this.#scale = new Float64Array(source.columns);

    // Differences from the first row keep their digits where the mean is far from zero.
    const sums = new Float64Array(source.columns);
    const squares = new Float64Array(source.columns);
    let origin: Float64Array | undefined;
    for (const { data } of this.#widened()) {
      signal?.throwIfAborted();
      origin ??= data.slice(0, source.columns);
      for (let row = 0; row < data.length; row += source.columns) {
        for (let k = 0; k < source.columns; k++) {
          const difference = (data[row + k] ?? 0) - (origin[k] ?? 0);
          sums[k] = (sums[k] ?? 0) + difference;
          squares[k] = (squares[k] ?? 0) + difference * difference;
        }
      }
    }
    for (let k = 0; k < source.columns; k++) {
      const shift = (sums[k] ?? 0) / source.rows;
      const mean = (origin?.[k] ?? 0) + shift;
      const deviation = Math.sqrt(Math.max(0, (squares[k] ?? 0) / source.rows - shift * shift));
      if (!Number.isFinite(deviation))
        throw new Failure(
          'bad-backbone',
          'The backbone gave features that are not finite numbers, so no ranking can be made from them. ' +
            'Your labels are safe: train again with another backbone.',
        );
      this.mean[k] = mean;
      this.#scale[k] = deviation > resolution * Math.abs(mean) ? 1 / deviation : 0;
    }
  }

  /** Of each feature; 1 where it does not vary. */
  get deviation(): Float64Array {
    return this.#scale.map((scale) => (scale === 0 ? 1 : 1 / scale));
  }

  *blocks(): Generator<DesignBlock> {
    let target = new Float64Array(0);
    for (const { start, rows, data } of this.#widened()) {
      if (target.length < rows * this.columns) target = new Float64Array(rows * this.columns);
      const matrix = { data: target.subarray(0, rows * this.columns), rows, columns: this.columns };
      for (let row = 0; row < rows; row++)
        this.#standardise(data, row * (this.columns - 1), matrix.data, row * this.columns);
      yield { start, matrix };
    }
  }

  select(rows: readonly number[]): Matrix {
    const data = new Float64Array(rows.length * this.columns);
    let next = 0;
    for (const block of this.#widened(rows[0])) {
      for (; next < rows.length; next++) {
        const row = (rows[next] ?? 0) - block.start;
        if (row >= block.rows) break;
        this.#standardise(block.data, row * (this.columns - 1), data, next * this.columns);
      }
      if (next === rows.length) break;
    }
    return { data, rows: rows.length, columns: this.columns };
  }

  similarities(row: number, others: readonly number[]): Float64Array {
    const features = this.columns - 1;
    const x = rowOf(this.select([row]), 0).subarray(0, features);
    const size = Math.sqrt(dot(x, x));
    const result = new Float64Array(others.length);
    let next = 0;
    for (const { start, rows, data } of this.#source.blocks(others[0])) {
      for (; next < others.length; next++) {
        const other = (others[next] ?? 0) - start;
        if (other >= rows) break;
        let product = 0;
        let square = 0;
        for (let k = 0; k < features; k++) {
          const feature = data[other * features + k] ?? 0;
          const value = (feature - (this.mean[k] ?? 0)) * (this.#scale[k] ?? 0);
          product += value * (x[k] ?? 0);
          square += value * value;
        }
        result[next] = product / Math.max(size * Math.sqrt(square), Number.MIN_VALUE);
      }
      if (next === others.length) break;
    }
    return result;
  }

  async project(gemm: Gemm, vectors: Matrix): Promise<Matrix> {
    const { weights, constants } = this.#unstandardise(vectors);
    const products = zeros(this.rows, vectors.rows);
    if (vectors.rows === 1) {
      // The case of a single verdict: one loop over the features as they come is the quickest.
      for (const { start, rows, data } of this.#source.blocks())
        dotRows(data, weights.data, products.data.subarray(start, start + rows));
    } else {
      for (const { start, rows, data } of this.#widened()) {
        const x = { data, rows, columns: weights.columns };
        const product = await gemm.multiply(x, weights, { transposeB: true });
        products.data.set(product.data, start * vectors.rows);
      }
    }
    for (let row = 0; row < this.rows; row++) add(rowOf(products, row), constants);
    return products;
  }

  /** Moves the standardisation from the images into vectors that they are multiplied with, which are few. */
  #unstandardise(vectors: Matrix) {
    const features = this.columns - 1;
    const weights = zeros(vectors.rows, features);
    const constants = new Float64Array(vectors.rows);
    for (let i = 0; i < vectors.rows; i++) {
      const vector = rowOf(vectors, i);
      const weight = rowOf(weights, i);
      for (let k = 0; k < features; k++) weight[k] = (vector[k] ?? 0) * (this.#scale[k] ?? 0);
      constants[i] = (vector[features] ?? 0) - dot(weight, this.mean);
    }
    return { weights, constants };
  }

  /** The features in double precision. */
  *#widened(from = 0): Generator<{ start: number; rows: number; data: Float64Array }> {
    let target = new Float64Array(0);
    for (const { start, rows, data } of this.#source.blocks(from)) {
      if (target.length < data.length) target = new Float64Array(data.length);
      target.set(data);
      yield { start, rows, data: target.subarray(0, data.length) };
    }
  }

  #standardise(features: Float64Array, from: number, target: Float64Array, to: number): void {
    const last = this.columns - 1;
    for (let k = 0; k < last; k++)
      target[to + k] = ((features[from + k] ?? 0) - (this.mean[k] ?? 0)) * (this.#scale[k] ?? 0);
    target[to + last] = 1;
  }
}

/**
 * The product of each row with the weights. Four rows at a time: a sum must wait for its last addition, and four that
 * wait side by side take less than half the time.
 */
function dotRows(rows: Float32Array, weights: Float64Array, products: Float64Array): void {
  const n = weights.length;
  let row = 0;
  for (; row + 4 <= products.length; row += 4) {
    const from = row * n;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0; k < n; k++) {
      const weight = weights[k] ?? 0;
      a += (rows[from + k] ?? 0) * weight;
      b += (rows[from + n + k] ?? 0) * weight;
      c += (rows[from + 2 * n + k] ?? 0) * weight;
      d += (rows[from + 3 * n + k] ?? 0) * weight;
    }
    products[row] = a;
    products[row + 1] = b;
    products[row + 2] = c;
    products[row + 3] = d;
  }
  for (; row < products.length; row++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += (rows[row * n + k] ?? 0) * (weights[k] ?? 0);
    products[row] = sum;
  }
}
