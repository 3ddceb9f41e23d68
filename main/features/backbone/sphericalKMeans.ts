// Spherical k-means: unit vectors that point where a set of vectors often points, forwards or backwards
// (Coates and Ng, Learning Feature Representations with K-means, 2012).

import type { Random } from '../../math/random.ts';
import { addScaled, dot } from './whitening.ts';

export interface KMeansOptions {
  readonly count: number;
  readonly iterations: number;
  readonly random: Random;
}

/** Directions of length 1, or of length 0 where all vectors are zero. */
export function sphericalKMeans(
  vectors: readonly Float64Array[],
  { count, iterations, random }: KMeansOptions,
): Float64Array[] {
  let directions = drawByEnergy(vectors, count, random).map(unit);
  for (let iteration = 0; iteration < iterations; iteration++) {
    // Starting each sum at the old direction damps the step and keeps directions that win no vector.
    const sums = directions.map((direction) => direction.slice());
    for (const vector of vectors) {
      let nearest: Float64Array | undefined;
      let projection = 0;
      directions.forEach((direction, k) => {
        const along = dot(direction, vector);
        if (Math.abs(along) <= Math.abs(projection)) return;
        projection = along;
        nearest = sums[k];
      });
      if (nearest) addScaled(nearest, vector, projection);
    }
    directions = sums.map(unit);
  }
  return directions;
}

/** Vectors with a chance in proportion to their squared length: those near zero have no direction to speak of. */
function drawByEnergy(vectors: readonly Float64Array[], count: number, random: Random): Float64Array[] {
  let total = 0;
  const cumulative = vectors.map((vector) => (total += dot(vector, vector)));
  return Array.from({ length: count }, () => {
    const target = random() * total;
    const drawn = vectors[cumulative.findIndex((sum) => sum >= target)];
    if (!drawn) throw new RangeError('k-means needs at least one vector, and finite ones');
    return drawn;
  });
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
}
