// Batch norm in training for the backend on TensorFlow's library: it has output and gradients in one operation each, and
// TensorFlow.js passes neither on.
import { tf } from './tf.ts';

/** What is needed of the backend of @tensorflow/tfjs-node. */
interface NativeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_FLOAT: number;
  };
  executeMultipleOutputs(
    name: string,
    attributes: readonly {
      readonly name: string;
      readonly type: number;
      readonly value: string | number | boolean;
    }[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.TensorInfo[];
}

interface BatchNormAttributes {
  readonly epsilon: number;
}

/** Of x, gamma, beta: the output, mean and unbiased variance of the batch, and three tensors for the gradient. */
export const forwardKernel = 'BatchNormInTraining';
/** Of dy, x, gamma and those three: the gradients of x, gamma and beta. */
export const gradientKernel = 'BatchNormInTrainingGrad';

/** Makes them known to the backend `tensorflow`. Tensors are [n, height, width, channels]. */
export function registerFusedBatchNorm(): void {
  if (tf.getKernel(forwardKernel, 'tensorflow')) return;
  tf.registerKernel({
    kernelName: forwardKernel,
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs, backend }) {
      const { x, gamma, beta } = inputs;
      if (!x || !gamma || !beta) throw new Error('batch norm without its inputs');
      // Mean and variance are those of the batch: it takes none.
      const none = tf.tensor1d([]);
      const native = backend as NativeBackend;
      const outputs = native.executeMultipleOutputs(
        'FusedBatchNormV3',
        attributesOf(native, attrs as unknown as BatchNormAttributes),
        [x, gamma, beta, none, none],
        6,
      );
      none.dispose();
      return outputs;
    },
  });
  tf.registerKernel({
    kernelName: gradientKernel,
    backendName: 'tensorflow',
    kernelFunc({ inputs, attrs, backend }) {
      const { dy, x, gamma, first, second, third } = inputs;
      if (!dy || !x || !gamma || !first || !second || !third) {
        throw new Error('the gradient of batch norm without its inputs');
      }
      const native = backend as NativeBackend;
      // The others are of no use.
      const [dx, dGamma, dBeta] = native.executeMultipleOutputs(
        'FusedBatchNormGradV3',
        attributesOf(native, attrs as unknown as BatchNormAttributes),
        [dy, x, gamma, first, second, third],
        5,
      );
      if (!dx || !dGamma || !dBeta) throw new Error('the gradient of batch norm has no outputs');
      return [dx, dGamma, dBeta];
    },
  });
}

function attributesOf({ binding }: NativeBackend, { epsilon }: BatchNormAttributes) {
  return [
    { name: 'T', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'U', type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT },
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: epsilon },
    { name: 'data_format', type: binding.TF_ATTR_STRING, value: 'NHWC' },
    { name: 'is_training', type: binding.TF_ATTR_BOOL, value: true },
  ];
}
