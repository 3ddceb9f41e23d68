// Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's method: rotate away one off-diagonal
// element after the other until none is left (Golub and Van Loan, Matrix Computations, 8.5).
// Exact to rounding for sizes of some hundreds, where its n³ per sweep is still fast.

export interface Eigen {
  /** In no particular order. */
  readonly values: Float64Array;
  /** Row k is the unit eigenvector of value k. */
  readonly vectors: Float64Array;
}

/** The decomposition of a symmetric matrix of `size` rows, of which the whole is given, row by row. */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice();
  const vectors = new Float64Array(size * size);
  for (let k = 0; k < size; k++) vectors[k * size + k] = 1;
  const at = (row: number, column: number) => a[row * size + column] ?? 0;

  let scale = 0;
  for (const value of a) scale += value * value;
  const negligible = 1e-30 * scale;

  for (let sweep = 0; sweep < 50 && offDiagonal(a, size) > negligible; sweep++) {
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) {
        if (at(p, q) === 0) continue;
        const ratio = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.sqrt(1 + ratio * ratio));
        const cosine = 1 / Math.sqrt(1 + tangent * tangent);
        const sine = tangent * cosine;
        for (let k = 0; k < size; k++) rotate(a, k * size + p, k * size + q, cosine, sine);
        for (let k = 0; k < size; k++) rotate(a, p * size + k, q * size + k, cosine, sine);
        for (let k = 0; k < size; k++) rotate(vectors, p * size + k, q * size + k, cosine, sine);
      }
    }
  }
  return { values: Float64Array.from({ length: size }, (_, k) => at(k, k)), vectors };
}

function rotate(data: Float64Array, i: number, j: number, cosine: number, sine: number): void {
  const x = data[i] ?? 0;
  const y = data[j] ?? 0;
  data[i] = cosine * x - sine * y;
  data[j] = sine * x + cosine * y;
}

function offDiagonal(a: Float64Array, size: number): number {
  let sum = 0;
  a.forEach((value, index) => {
    if (index % (size + 1) !== 0) sum += value * value;
  });
  return sum;
}
