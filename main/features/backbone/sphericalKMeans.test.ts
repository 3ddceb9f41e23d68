import { expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { sphericalKMeans } from './sphericalKMeans.ts';
import { dot } from './whitening.ts';

test('finds the directions in which vectors lie, whatever their sign and length', () => {
  const random = createRandom(5);
  const axes = [Float64Array.of(1, 0, 0), Float64Array.of(0, 0.6, 0.8)];
  const vectors = Array.from({ length: 300 }, (_, k) => {
    const length = (1 + random()) * (random() < 0.5 ? -1 : 1);
    return (axes[k % 2] ?? new Float64Array(3)).map((value) => length * value + 0.1 * (random() - 0.5));
  });

  const directions = sphericalKMeans(vectors, { count: 8, iterations: 10, random });

  for (const direction of directions) expect(dot(direction, direction)).toBeCloseTo(1, 10);
  for (const axis of axes) {
    const nearest = Math.max(...directions.map((direction) => Math.abs(dot(direction, axis))));
    expect(nearest).toBeGreaterThan(0.99);
  }
});
