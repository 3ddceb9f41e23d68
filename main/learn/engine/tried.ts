// Which engines there are for networks, each tried in a process of its own.
import { z } from 'zod';
import { engineNames, type EngineName, type NetworkEngine } from '../../../shared/training.ts';
import type { Spawn } from '../../process/child.ts';
import type { Trial } from './trial.ts';

/** Drivers take their time when they start for the first time. */
const patienceMs = 60_000;

const trial: z.ZodType<Trial> = z.union([
  z.object({
    name: z.enum(engineNames),
    device: z.string(),
    passedOver: z.array(z.object({ name: z.enum(engineNames), reason: z.string() })),
  }),
  z.object({ problem: z.string() }),
]);

/** All engines, best first; takes seconds. The one that is taken by itself is the `best`. */
export async function tryEngines(spawn: Spawn): Promise<NetworkEngine[]> {
  const byItself = await tryEngine(spawn, null);
  const best = 'name' in byItself ? byItself : null;
  return Promise.all(
    engineNames.map(async (name): Promise<NetworkEngine> => {
      if (name === best?.name) return { name, device: best.device, problem: null, best: true };
      // One that is passed over may still open for a person who asks for it.
      const tried = await tryEngine(spawn, name);
      return 'name' in tried
        ? { name, device: tried.device, problem: null, best: false }
        : { name, device: null, problem: tried.problem, best: false };
    }),
  );
}

function tryEngine(spawn: Spawn, wanted: EngineName | null): Promise<Trial> {
  return new Promise((resolve) => {
    const child = spawn(new URL('./trial.ts', import.meta.url));
    const end = (outcome: Trial): void => {
      clearTimeout(timer);
      resolve(outcome);
      child.kill();
    };
    const timer = setTimeout(
      () => end({ problem: `It did not answer within ${patienceMs / 1000} seconds.` }),
      patienceMs,
    );
    child.onMessage((message) => {
      const answer = trial.safeParse(message);
      if (answer.success) end(answer.data);
    });
    child.onExit((reason) => end({ problem: `The process that tried it ended (${reason}).` }));
    child.send({ wanted });
  });
}
