// What this machine can compute on, each engine tried and measured in a process of its own: a driver that crashes or
// hangs is named like any other reason.
import type { Child, Spawn } from '../../process/child.ts';
import type { Computer } from './computer.ts';
import { engineNames, featureEngines, type EngineName } from './names.ts';
import type { Speed } from './speed.ts';

/** An engine is for the features of a backbone (ONNX Runtime), or for the training of networks (TensorFlow.js). */
export type Trial =
  | { readonly use: 'features'; readonly name: string }
  | { readonly use: 'networks'; readonly name: EngineName };

/** What the process of a trial answers. */
export type Found = (Computer & { readonly speed: Speed }) | { readonly problem: string };

export type EngineReport = Trial & Found;

/** Longer than any engine takes that is worth its name. */
const patienceMs = 120_000;

/** Tries every engine, the best of each use first. */
export async function* reportEngines(spawn: Spawn): AsyncGenerator<EngineReport> {
  const trials: Trial[] = [
    ...featureEngines.map((name) => ({ use: 'features' as const, name })),
    ...engineNames.map((name) => ({ use: 'networks' as const, name })),
  ];
  // One after another: side by side they would slow each other down.
  for (const trial of trials) yield { ...trial, ...(await attempt(spawn, trial)) };
}

function attempt(spawn: Spawn, trial: Trial): Promise<Found> {
  const child: Child = spawn(new URL('./trial.ts', import.meta.url));
  return new Promise<Found>((resolve) => {
    const timer = setTimeout(
      () => resolve({ problem: `It has not answered for ${patienceMs / 1000} seconds: its driver hangs.` }),
      patienceMs,
    );
    child.onMessage((message) => {
      if (typeof message === 'object') resolve(message as Found);
    });
    child.onExit((reason) => {
      clearTimeout(timer);
      resolve({ problem: `The process that tried it ended: ${reason}.` });
    });
    child.send(trial);
  }).finally(() => child.kill());
}
