// fastai's Adam (fastai/optimizer.py): weight decay decoupled from the gradient (Loshchilov & Hutter 2019), dampened
// averages, corrected for their start at zero, each layer group with a rate of its own.
import { tf } from '../engine/tf.ts';
import type { Network } from '../network/network.ts';
import type { StepRates } from './schedule.ts';

const squareMomentum = 0.99;
const epsilon = 1e-5;

export interface AdamOptions {
  readonly weightDecay: number;
  /** Gradients whose norm, all taken together, is larger are scaled to it; null: never. */
  readonly clipNorm: number | null;
}

interface Moments {
  readonly average: tf.Variable;
  readonly square: tf.Variable;
}

export class Adam {
  readonly #network: Pick<Network, 'groups' | 'weights'>;
  readonly #options: AdamOptions;
  readonly #moments = new Map<tf.Variable, Moments>();
  #step = 0;

  constructor(network: Pick<Network, 'groups' | 'weights'>, options: AdamOptions) {
    this.#network = network;
    this.#options = options;
  }

  /** Steps since the last `clear`. */
  get steps(): number {
    return this.#step;
  }

  /** Forgets all averages, as fastai does between the phases. */
  clear(): void {
    for (const { average, square } of this.#moments.values()) tf.dispose([average, square]);
    this.#moments.clear();
    this.#step = 0;
  }

  /** Changes the variables that have a gradient. @param gradients by the variable's name, as `tf.variableGrads` has them. */
  step(gradients: tf.NamedTensorMap, { rates, momentum }: StepRates): void {
    this.#step += 1;
    const debias = 1 - momentum ** this.#step;
    const debiasSquare = 1 - squareMomentum ** this.#step;
    tf.tidy(() => {
      const scale = this.#scale(gradients);
      this.#network.groups.forEach((group, place) => {
        const rate = rates[place] ?? 0;
        for (const variable of group) {
          const gradient = gradients[variable.name];
          if (!gradient) continue;
          const clipped = scale ? tf.mul(gradient, scale) : gradient;
          const { average, square } = this.#momentsOf(variable);
          average.assign(tf.add(tf.mul(average, momentum), tf.mul(clipped, 1 - momentum)));
          square.assign(
            tf.add(tf.mul(square, squareMomentum), tf.mul(tf.square(clipped), 1 - squareMomentum)),
          );
          const divisor = tf.add(tf.sqrt(tf.div(square, debiasSquare)), epsilon);
          const decayed = tf.mul(variable, 1 - rate * this.#decayOf(variable));
          variable.assign(tf.sub(decayed, tf.mul(tf.div(average, divisor), rate / debias)));
        }
      });
    });
  }

  /** The averages by `average/<weight>` and `square/<weight>`. */
  state(): Map<string, tf.Variable> {
    const state = new Map<string, tf.Variable>();
    for (const [name, variable] of this.#network.weights) {
      const moments = this.#moments.get(variable);
      if (!moments) continue;
      state.set(`average/${name}`, moments.average);
      state.set(`square/${name}`, moments.square);
    }
    return state;
  }

  /** Takes over what `state` gave, with `steps`. */
  restore(state: ReadonlyMap<string, tf.Tensor>, steps: number): void {
    this.clear();
    for (const [name, variable] of this.#network.weights) {
      const [average, square] = [state.get(`average/${name}`), state.get(`square/${name}`)];
      if (!average || !square) continue;
      const moments = this.#momentsOf(variable);
      moments.average.assign(average);
      moments.square.assign(square);
    }
    this.#step = steps;
  }

  dispose(): void {
    this.clear();
  }

  /** Null where nothing is clipped. */
  #scale(gradients: tf.NamedTensorMap): tf.Tensor | null {
    const { clipNorm } = this.#options;
    if (clipNorm === null) return null;
    const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
    const norm = tf.sqrt(tf.addN(squares));
    return tf.div(clipNorm, tf.maximum(norm, clipNorm));
  }

  /** Biases and batch norms are not decayed (fastai's wd_bn_bias=False): the weights of one dimension. */
  #decayOf(variable: tf.Variable): number {
    return variable.rank > 1 ? this.#options.weightDecay : 0;
  }

  #momentsOf(variable: tf.Variable): Moments {
    const known = this.#moments.get(variable);
    if (known) return known;
    const moments = {
      average: tf.variable(tf.zerosLike(variable), false),
      square: tf.variable(tf.zerosLike(variable), false),
    };
    this.#moments.set(variable, moments);
    return moments;
  }
}
