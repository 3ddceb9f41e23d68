import { expect, test } from 'vitest';
import { createRandom } from '../../math/random.ts';
import { dot, learnWhitening, whiten } from './whitening.ts';

test('leaves dimensions that are uncorrelated and of variance 1', () => {
  const random = createRandom(3);
  const vectors = Array.from({ length: 2_000 }, () => {
    const [a, b, c] = [random(), random(), random()];
    return Float64Array.of(10 * a, 10 * a + b, 3 - c + b);
  });

  const whitening = learnWhitening(vectors, 0);

  const white = vectors.map((vector) => whiten(whitening, vector));
  const column = (i: number) => Float64Array.from(white, (vector) => vector[i] ?? NaN);
  for (let i = 0; i < 3; i++) {
    expect(column(i).reduce((sum, value) => sum + value, 0) / white.length).toBeCloseTo(0, 8);
    for (let j = 0; j < 3; j++) {
      expect(dot(column(i), column(j)) / white.length).toBeCloseTo(i === j ? 1 : 0, 8);
    }
  }
});
