// How fast an engine computes what learning is made of: the measure that all engines share.

/** Billions of multiplications and additions a second, single precision. */
export interface Speed {
  /** Of a product of two square matrices. */
  readonly matrixProduct: number;
  /** Of a 3×3 convolution. */
  readonly convolution: number;
  /** Of its gradients, by the images and by the kernel together; null where the engine computes none. */
  readonly convolutionGradients: number | null;
}

/** Rows and columns of both matrices. */
export const matrixSide = 1024;
/** Of the convolution. */
export const images = 8;
export const side = 56;
export const channels = 64;

const productOperations = 2 * matrixSide ** 3;
const convolutionOperations = 2 * 3 * 3 * channels ** 2 * images * side ** 2;

/** @param seconds of one product, of one convolution, and of one convolution with its gradients. */
export function speedOf(seconds: {
  product: number;
  convolution: number;
  withGradients: number | null;
}): Speed {
  const { product, convolution, withGradients } = seconds;
  return {
    matrixProduct: productOperations / product / 1e9,
    convolution: convolutionOperations / convolution / 1e9,
    convolutionGradients:
      withGradients === null ? null : (2 * convolutionOperations) / (withGradients - convolution) / 1e9,
  };
}

/** Median seconds of a computation that is repeated for half a second, after once to warm up. */
export async function medianSeconds(compute: () => Promise<void>): Promise<number> {
  await compute();
  const times: number[] = [];
  for (let spent = 0; spent < 0.5;) {
    const from = performance.now();
    await compute();
    const seconds = (performance.now() - from) / 1000;
    times.push(seconds);
    spent += seconds;
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
