// Entry of a process that tries one engine, says what computes, and measures how fast.
import { availableParallelism } from 'node:os';
import { connectToParent } from '../../process/parent.ts';
import { onCpu } from './computer.ts';
import type { EngineName } from './names.ts';
import type { Found, Trial } from './report.ts';

const parent = connectToParent();

parent.onMessage((message) => {
  const trial = message as Trial;
  (trial.use === 'features' ? tryFeatures(trial.name) : tryNetworks(trial.name)).then(
    (found) => parent.send(found satisfies Found),
    (error: unknown) =>
      parent.send({ problem: error instanceof Error ? error.message : String(error) } satisfies Found),
  );
});

async function tryFeatures(name: string): Promise<Found> {
  const { measureFeatureSpeed } = await import('./featureSpeed.ts');
  const speed = await measureFeatureSpeed(name);
  if (name !== 'cpu') return { device: `ONNX Runtime with ${name}`, memory: null, speed };
  return { ...onCpu('ONNX Runtime', availableParallelism()), speed };
}

async function tryNetworks(name: EngineName): Promise<Found> {
  const { tryEngine } = await import('./engine.ts');
  const { measureNetworkSpeed } = await import('./networkSpeed.ts');
  const found = await tryEngine(name);
  return { ...found, speed: await measureNetworkSpeed() };
}
