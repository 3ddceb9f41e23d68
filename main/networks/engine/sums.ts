// Sums and means over all dimensions but the last, as batch norm takes them: WebAssembly's own kernels transpose all
// values first. Pooling reads each value once; a small product then sums over the images. One product of everything would
// copy all values to pack them.
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
        const [outer = 1] = x.shape;
        const channels = x.shape.at(-1) ?? 1;
        const inner = x.size / channels / outer;
        return tf.tidy(() => {
          const images: tf.Tensor4D = tf.reshape(x, [outer, inner, 1, channels]);
          const means = tf.avgPool(images, [inner, 1], 1, 'valid');
          const sums = tf.matMul(tf.ones([1, outer]), tf.reshape<tf.Rank.R2>(means, [outer, channels]));
          return tf.mul(tf.reshape(sums, [channels]), kernelName === 'Mean' ? 1 / outer : inner);
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
