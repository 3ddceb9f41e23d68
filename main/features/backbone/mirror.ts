// A second view of each image. What is in a picture does not change in a mirror, but its features do a little: their mean
// over both views tells more.
import type { Backbone } from './onnx.ts';

/** Features of this backbone, each the mean of the image's and its mirror image's. Takes twice the time. */
export function withMirror(backbone: Backbone): Backbone {
  return {
    ...backbone,
    id: `${backbone.id}-mirror`,
    async embed(images) {
      const vectors = await backbone.embed(images);
      const mirrored = await backbone.embed(images.map((image) => mirror(image, backbone.side)));
      return vectors.map((value, i) => (value + (mirrored[i] ?? 0)) / 2);
    },
  };
}

/** Left and right changed over; RGB bytes, side × side × 3. */
function mirror(image: Uint8Array, side: number): Uint8Array {
  const mirrored = new Uint8Array(image.length);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const from = 3 * (row * side + column);
      mirrored.set(image.subarray(from, from + 3), 3 * (row * side + side - 1 - column));
    }
  }
  return mirrored;
}
