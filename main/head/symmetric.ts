// Products whose result or factor is symmetric, in panels of columns that stop at the diagonal: about half the work.
import type { Gemm, Matrix } from '../math/gemm.ts';
import { add, columnsOf, dot, rowOf, rowsOf } from './matrix.ts';

/** Wide enough that gemm is at its best. */
const panelWidth = 256;

function* panels(columns: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < columns; from += panelWidth)
    yield { from, to: Math.min(from + panelWidth, columns) };
}

/** Adds XᵀX to the target, whose blocks above the diagonal are left as they are: `mirror` fills them in. */
export async function addGram(gemm: Gemm, target: Matrix, x: Matrix): Promise<void> {
  for (const { from, to } of panels(x.columns)) {
    const product = await gemm.multiply(columnsOf(x, from, to), columnsOf(x, 0, to), { transposeA: true });
    for (let row = from; row < to; row++) add(rowOf(target, row).subarray(0, to), rowOf(product, row - from));
  }
}

/** Copies what lies below the diagonal to above it. */
export function mirror({ data, columns }: Matrix): void {
  for (const { from, to } of panels(columns))
    for (let row = 0; row < to; row++)
      for (let k = Math.max(from, row + 1); k < to; k++)
        data[row * columns + k] = data[k * columns + row] ?? 0;
}

/** xᵀAx for each row x, where A is symmetric. */
export async function quadraticForms(gemm: Gemm, x: Matrix, a: Matrix): Promise<Float64Array> {
  const forms = new Float64Array(x.rows);
  for (const { from, to } of panels(x.columns)) {
    const panel = columnsOf(x, from, to);
    const product = await gemm.multiply(panel, columnsOf(rowsOf(a, from, to), 0, to));
    for (let row = 0; row < x.rows; row++) {
      const values = rowOf(product, row);
      // What lies left of the diagonal block stands for what lies above it, too.
      const left = dot(values.subarray(0, from), rowOf(x, row));
      const diagonal = dot(values.subarray(from), rowOf(panel, row));
      forms[row] = (forms[row] ?? 0) + 2 * left + diagonal;
    }
  }
  return forms;
}
