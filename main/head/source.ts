// Where the head reads features from: one vector for each image, in blocks, so that they need not fit in memory.

export interface FeatureSource {
  /** Images. */
  readonly rows: number;
  /** Numbers in each vector. */
  readonly columns: number;
  /** The rows in order. Rows before `from` are not needed and may be left out. */
  blocks(from?: number): Iterable<FeatureBlock>;
}

export interface FeatureBlock {
  /** The first row. */
  readonly start: number;
  readonly rows: number;
  /** Row-major. Valid until the next block is asked for: the buffer may be reused. */
  readonly data: Float32Array;
}
