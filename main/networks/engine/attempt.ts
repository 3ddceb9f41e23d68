// Tries an engine in a process of its own: a driver that crashes or hangs is named like any other reason.
import { z } from 'zod';
import type { Spawn } from '../../process/child.ts';
import type { Computer } from './computer.ts';
import type { EngineName } from '../../../shared/training.ts';
import type { Speed } from './speed.ts';

/** An engine is for the features of a backbone (ONNX Runtime), or for the training of networks (TensorFlow.js). */
export type Trial = (
  | { readonly use: 'features'; readonly name: string }
  /** `asked`: as if a person had named it; else, as in the choice of the best. */
  | { readonly use: 'networks'; readonly name: EngineName; readonly asked: boolean }
) & {
  /** Whether its speed is measured, which takes seconds. */
  readonly measured: boolean;
};

/** What came of it; `speed` is null where it was not measured. */
export type Found = (Computer & { readonly speed: Speed | null }) | { readonly problem: string };

const foundSchema: z.ZodType<Found> = z.union([
  z.object({ problem: z.string() }),
  z.object({
    device: z.string(),
    memory: z.string().nullable(),
    speed: z
      .object({
        matrixProduct: z.number(),
        convolution: z.number(),
        convolutionGradients: z.number().nullable(),
      })
      .nullable(),
  }),
]);

/** Longer than any engine takes that is worth its name, at its first start too. */
const patienceMs = 120_000;

export function tryEngine(spawn: Spawn, trial: Trial): Promise<Found> {
  const child = spawn(new URL('./trial.ts', import.meta.url));
  return new Promise<Found>((resolve) => {
    const timer = setTimeout(
      () => resolve({ problem: `It has not answered for ${patienceMs / 1000} seconds: its driver hangs.` }),
      patienceMs,
    );
    child.onMessage((message) => {
      if (typeof message !== 'object') return; // A sign of life.
      clearTimeout(timer);
      const answer = foundSchema.safeParse(message);
      resolve(answer.data ?? { problem: 'The process that tried it gave an answer that makes no sense.' });
    });
    child.onExit((reason) => {
      clearTimeout(timer);
      resolve({ problem: `The process that tried it ended: ${reason}.` });
    });
    child.send(trial);
  }).finally(() => child.kill());
}
