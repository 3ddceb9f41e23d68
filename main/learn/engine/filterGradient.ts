// The gradient of a convolution's filter, which the wasm backend lacks: itself a convolution, of the images by the
// output's gradient, with the batch in the place of the channels and the stride as dilation.
import { tf } from './tf.ts';

/** Makes it known to the wasm backend. */
export function registerFilterGradient(): void {
  if (tf.getKernel('Conv2DBackpropFilter', 'wasm')) return;
  tf.registerKernel({
    kernelName: 'Conv2DBackpropFilter',
    backendName: 'wasm',
    kernelFunc({ inputs, attrs }) {
      const { x, dy } = inputs;
      const { strides, pad, dimRoundingMode, filterShape } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
      if (!(x instanceof tf.Tensor) || !(dy instanceof tf.Tensor))
        throw new Error('not called by a gradient');
      const [batch = 0, height = 0, width = 0, channels = 0] = x.shape;
      const info = tf.backend_util.computeConv2DInfo(
        [batch, height, width, channels],
        filterShape,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { top, bottom, left, right } = info.padInfo;
      return tf.tidy(() => {
        const padded = tf.pad(x, [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ]);
        const images: tf.Tensor4D = tf.transpose(padded, [3, 1, 2, 0]);
        const filter: tf.Tensor4D = tf.transpose(dy, [1, 2, 0, 3]);
        const gradient = tf.conv2d(images, filter, 1, 'valid', 'NHWC', [info.strideHeight, info.strideWidth]);
        // Rows and columns that the stride never reached are left over.
        const [rows, columns, inputs, outputs] = filterShape;
        return tf.transpose(tf.slice(gradient, [0, 0, 0, 0], [inputs, rows, columns, outputs]), [1, 2, 0, 3]);
      });
    },
  });
}
