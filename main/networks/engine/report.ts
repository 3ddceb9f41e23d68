// What this machine can compute on: every engine, the best of each use first, with the reason why one is not there.
import type { NetworkEngine } from '../../../shared/training.ts';
import type { Spawn } from '../../process/child.ts';
import { tryEngine, type Found, type Trial } from './attempt.ts';
import { engineNames } from '../../../shared/training.ts';
import { featureEngines } from '../../features/backbone/engines.ts';

export type EngineReport = Pick<Trial, 'use' | 'name'> & Found;

/** Tries and measures them one after another: side by side they would slow each other down. */
export async function* reportEngines(spawn: Spawn): AsyncGenerator<EngineReport> {
  for (const name of featureEngines) {
    const found = await tryEngine(spawn, { use: 'features', name, measured: true });
    yield { use: 'features', name, ...found };
  }
  for (const name of engineNames) {
    const found = await tryEngine(spawn, { use: 'networks', name, asked: false, measured: true });
    yield { use: 'networks', name, ...found };
  }
}

/** Those for networks, not measured. One that is not taken by itself may still be there for a person who asks for it. */
export async function networkEngines(spawn: Spawn): Promise<NetworkEngine[]> {
  const engines: NetworkEngine[] = [];
  let best = true;
  for (const name of engineNames) {
    let found = await tryEngine(spawn, { use: 'networks', name, asked: false, measured: false });
    const isTaken = best && !('problem' in found);
    if ('problem' in found) {
      found = await tryEngine(spawn, { use: 'networks', name, asked: true, measured: false });
    }
    const [device, problem] = 'problem' in found ? [null, found.problem] : [found.device, null];
    engines.push({ name, device, problem, best: isTaken });
    if (isTaken) best = false;
  }
  return engines;
}
