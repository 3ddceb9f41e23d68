// Sums and means over all dimensions but the last, as batch norm takes them: WebAssembly's own kernels transpose all
// values first and take 40 times as long as a product with ones.
import { tf } from './tf.ts';

/** Makes them the kernels of a backend; other sums and means are left to those that it has. */
export function registerSums(backendName: string): void {
  for (const kernelName of ['Sum', 'Mean']) {
    const known = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...known,
      kernelFunc(args) {
        const { x } = args.inputs;
        const { axis, keepDims } = args.attrs ?? {};
        if (!(x instanceof tf.Tensor) || x.dtype !== 'float32' || keepDims || !isAllButLast(x, axis)) {
          return known.kernelFunc(args);
        }
        const channels = x.shape.at(-1) ?? 1;
        const rows = x.size / channels;
        return tf.tidy(() => {
          const sums = tf.matMul(tf.ones([1, rows]), tf.reshape<tf.Rank.R2>(x, [rows, channels]));
          return tf.reshape(kernelName === 'Mean' ? tf.div(sums, rows) : sums, [channels]);
        });
      },
    });
  }
}

function isAllButLast({ rank, size }: tf.Tensor, axis: unknown): boolean {
  const axes = new Set([axis].flat());
  return (
    rank > 1 &&
    size > 0 &&
    axes.size === rank - 1 &&
    Array.from({ length: rank - 1 }, (_, i) => i).every((i) => axes.has(i))
  );
}
