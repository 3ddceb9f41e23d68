// Applies augmentations to a batch on the engine: one projective, bilinear sampling an image from the presized squares
// straight to the network's input, then brightness and contrast. The squares are about 1.3 times as large as the input,
// so that bilinear sampling aliases little.
import { tf } from '../engine/tf.ts';
import { plain, type Augmentation } from './augmentation.ts';
import { shifted, toPixels } from './homography.ts';

/** Keeps logits of black and white finite: fastai's `logit`. */
const epsilon = 1e-7;

/**
 * @param squares n × s × s × 3, from 0 to 255; left to the caller.
 * @param augmentations one a square.
 * @returns n × side × side × 3, from 0 to 255.
 */
export function augment(
  squares: tf.Tensor4D,
  augmentations: readonly Augmentation[],
  side: number,
): tf.Tensor4D {
  return tf.tidy(() => adjustLighting(sample(squares, augmentations, side), augmentations));
}

function sample(squares: tf.Tensor4D, augmentations: readonly Augmentation[], side: number): tf.Tensor4D {
  const [count, source] = squares.shape;
  if (source === side && augmentations.every(stays)) return tf.clone(squares);
  const parameters = augmentations.flatMap(({ map, shift }) =>
    toPixels(shifted(map, shift, source), source, side),
  );
  // `nearest` is what lies beyond the border, where shifts reach. `reflect` is wrong to the left and above on WebAssembly.
  return tf.image.transform(squares, tf.tensor2d(parameters, [count, 8]), 'bilinear', 'nearest', 0, [
    side,
    side,
  ]);
}

const stays = ({ map, shift: [x, y] }: Augmentation) => map === plain.map && x === 0 && y === 0;

/** Brightness is a shift of the logit and contrast its slope: fastai's `_BrightnessLogit`, then `_ContrastLogit`. */
function adjustLighting(images: tf.Tensor4D, augmentations: readonly Augmentation[]): tf.Tensor4D {
  if (augmentations.every(({ brightness, contrast }) => brightness === 0 && contrast === 1)) return images;
  const slope = perImage(augmentations.map(({ contrast }) => contrast));
  const shift = perImage(augmentations.map(({ brightness, contrast }) => contrast * brightness));
  const values = tf.clipByValue(tf.div(images, 255), epsilon, 1 - epsilon);
  const logits = tf.log(tf.div(values, tf.sub(1, values)));
  return tf.mul(tf.sigmoid(tf.add(tf.mul(logits, slope), shift)), 255);
}

const perImage = (values: readonly number[]) => tf.tensor4d([...values], [values.length, 1, 1, 1]);
