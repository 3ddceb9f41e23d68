// The learning-rate finder (Smith 2015; fastai's lr_find): a mock training in which the rate grows from nothing to too
// much, and the loss tells which rates are of use. The network is as it was before when it is done.
import type { FinderPoint } from '../../../shared/training.ts';
import type { Batch } from '../batches/batches.ts';
import { tf } from '../engine/tf.ts';
import { createRandom, seedFrom } from '../../math/random.ts';
import { Adam } from './adam.ts';
import { takeStep, trainableIn, type Lesson, type Trainable } from './loop.ts';
import { exponential } from './schedule.ts';
import { smoothed } from './smoothed.ts';
import { finder } from './suggestions.ts';

const blowUp = 4;
const momentum = 0.95;

/**
 * @param frozen as the first phase of the training will be.
 * @returns the points so far, after each step: `rate` is the head's.
 * @throws the signal's reason when it is aborted.
 */
export async function* findRate(
  network: Trainable,
  lesson: Pick<Lesson, 'labels' | 'multiLabel' | 'smoothing' | 'seed' | 'training' | 'signal'>,
  frozen: boolean,
): AsyncGenerator<readonly FinderPoint[]> {
  const before = [...network.weights.values()].map((variable) => ({ variable, value: tf.clone(variable) }));
  const adam = new Adam(network, { weightDecay: 0.01, clipNorm: null });
  const trainable = trainableIn(network, { frozen });
  const points: FinderPoint[] = [];
  const average = smoothed();
  let best = Infinity;
  try {
    for await (const batch of epochs(lesson.training)) {
      const step = points.length;
      const rate = exponential(finder.from, finder.to, step / finder.steps);
      const rates = network.groups.map(() => rate);
      const random = createRandom(seedFrom(lesson.seed, 0, step));
      const loss = await takeStep(network, adam, lesson, trainable, batch, { rates, momentum }, random);
      const now = average(loss);
      points.push({ rate, loss: now });
      yield [...points];
      lesson.signal.throwIfAborted();
      best = Math.min(best, now);
      if (now > blowUp * best || points.length >= finder.steps) return;
      if (Number.isNaN(now)) {
        // It stays so: what would follow is known, and fastai drops points from the end before it looks for the first NaN.
        while (points.length < finder.steps) {
          points.push({
            rate: exponential(finder.from, finder.to, points.length / finder.steps),
            loss: now,
          });
        }
        yield [...points];
        return;
      }
    }
  } finally {
    adam.dispose();
    for (const { variable, value } of before) {
      variable.assign(value);
      value.dispose();
    }
  }
}

/** Epoch after epoch, without end. */
async function* epochs(training: Lesson['training']): AsyncGenerator<Batch> {
  for (let epoch = 0; ; epoch++) yield* training(epoch);
}
