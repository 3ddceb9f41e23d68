// Matrix products in double precision on all cores, by onnxruntime's own kernels. They are there wherever the
// app runs, and several times faster than a loop in JavaScript.
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from './graph.ts';

/** A matrix in row-major order. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

export interface Gemm {
  /** op(a)·op(b), where op transposes if asked to. Throws where the inner sizes differ. */
  multiply(a: Matrix, b: Matrix, options?: { transposeA?: boolean; transposeB?: boolean }): Promise<Matrix>;
  release(): Promise<void>;
}

/** Loads the four kernels (plain, and either side or both transposed). */
export async function createGemm(): Promise<Gemm> {
  const sessions = await Promise.all(
    [0, 1, 2, 3].map((flags) =>
      InferenceSession.create(
        encodeModel({
          inputs: [
            { name: 'a', type: 'float64', shape: ['a0', 'a1'] },
            { name: 'b', type: 'float64', shape: ['b0', 'b1'] },
          ],
          outputs: [{ name: 'y', type: 'float64', shape: ['y0', 'y1'] }],
          nodes: [
            {
              operator: 'Gemm',
              inputs: ['a', 'b'],
              outputs: ['y'],
              attributes: { transA: flags & 1, transB: flags >> 1 },
            },
          ],
        }),
        // Its arena would hold on to memory for the largest product that there ever was, in each of the four.
        { enableCpuMemArena: false },
      ),
    ),
  );
  return {
    async multiply(a, b, { transposeA = false, transposeB = false } = {}) {
      const inner = [transposeA ? a.rows : a.columns, transposeB ? b.columns : b.rows];
      if (inner[0] !== inner[1]) throw new RangeError(`inner sizes differ: ${inner[0]} and ${inner[1]}`);
      const session = sessions[Number(transposeA) | (Number(transposeB) << 1)];
      if (!session) throw new RangeError('no such kernel');
      const { y } = await session.run({
        a: new Tensor('float64', a.data, [a.rows, a.columns]),
        b: new Tensor('float64', b.data, [b.rows, b.columns]),
      });
      if (!(y?.data instanceof Float64Array)) throw new TypeError('onnxruntime did not answer in float64');
      return {
        data: y.data,
        rows: transposeA ? a.columns : a.rows,
        columns: transposeB ? b.rows : b.columns,
      };
    },
    async release() {
      await Promise.all(sessions.map((session) => session.release()));
    },
  };
}
