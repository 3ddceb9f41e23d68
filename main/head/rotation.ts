// The design of fewer images than features. Predictions and leverages depend on the images only through their products
// with one another, so another design with the same products gives the same, and needs no more columns than there are
// images: a factor L with LLᵀ = XXᵀ.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { factoriseSemidefinite } from './cholesky.ts';
import type { DesignBlock, DesignMatrix } from './design.ts';
import { columnsOf, dot, joinColumns, pickRows, rowOf, transpose, zeros } from './matrix.ts';
import { addGram, mirror } from './symmetric.ts';

/** The design itself, or where it has more columns than rows one that gives the same with fewer. */
export async function rotate(gemm: Gemm, design: DesignMatrix): Promise<DesignMatrix> {
  if (design.columns <= design.rows) return design;
  const x = design.select([...Array(design.rows).keys()]);
  const products = zeros(x.rows, x.rows);
  await addGram(gemm, products, transpose(columnsOf(x, 0, x.columns - 1)));
  mirror(products);
  return new RotatedDesign(await factoriseSemidefinite(gemm, products));
}

/** Held in memory: it is square at most, and smaller than the features. */
class RotatedDesign implements DesignMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly #factor: Matrix;
  readonly #matrix: Matrix;

  constructor(factor: Matrix) {
    const ones = { data: new Float64Array(factor.rows).fill(1), rows: factor.rows, columns: 1 };
    this.#factor = factor;
    this.#matrix = joinColumns(factor, ones);
    this.rows = this.#matrix.rows;
    this.columns = this.#matrix.columns;
  }

  *blocks(): Generator<DesignBlock> {
    yield { start: 0, matrix: { ...this.#matrix, data: this.#matrix.data.slice() } };
  }

  select(rows: readonly number[]): Matrix {
    return pickRows(this.#matrix, rows);
  }

  similarities(row: number, others: readonly number[]): Float64Array {
    const x = rowOf(this.#factor, row);
    const size = Math.sqrt(dot(x, x));
    return Float64Array.from(others, (other) => {
      const y = rowOf(this.#factor, other);
      return dot(x, y) / Math.max(size * Math.sqrt(dot(y, y)), Number.MIN_VALUE);
    });
  }

  project(gemm: Gemm, vectors: Matrix): Promise<Matrix> {
    return gemm.multiply(this.#matrix, vectors, { transposeB: true });
  }
}
