// The projective sampling of images, for the backend on TensorFlow's library: it has the operation, and TensorFlow.js
// does not pass it on. The parameters mean the same in both.
import { tf } from './tf.ts';

/** What is needed of the backend of @tensorflow/tfjs-node. */
interface NativeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_FLOAT: number;
  };
  executeSingleOutput(
    name: string,
    attributes: readonly { readonly name: string; readonly type: number; readonly value: string | number }[],
    inputs: readonly tf.TensorInfo[],
  ): tf.Tensor;
}

/** Makes it known to the backend `tensorflow`. */
export function registerProjectiveTransform(): void {
  if (tf.getKernel('Transform', 'tensorflow')) return;
  tf.registerKernel({
    kernelName: 'Transform',
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs, backend }) {
      const { image, transforms } = inputs;
      if (!image || !transforms) throw new Error('a transformation without image or parameters');
      const { binding, executeSingleOutput } = backend as NativeBackend;
      const { interpolation, fillMode, fillValue, outputShape } = attrs as unknown as tf.TransformAttrs;
      const size = outputShape ?? [image.shape[1] ?? 0, image.shape[2] ?? 0];
      return tf.tidy(() =>
        executeSingleOutput.call(
          backend,
          'ImageProjectiveTransformV3',
          [
            { name: 'dtype', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
            { name: 'interpolation', type: binding.TF_ATTR_STRING, value: interpolation.toUpperCase() },
            { name: 'fill_mode', type: binding.TF_ATTR_STRING, value: fillMode.toUpperCase() },
          ],
          [image, transforms, tf.tensor1d(size, 'int32'), tf.scalar(fillValue)],
        ),
      );
    },
  });
}
