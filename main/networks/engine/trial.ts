// Entry of a process that tries one engine, says what computes, and measures how fast.
import { availableParallelism } from 'node:os';
import { connectToParent } from '../../process/parent.ts';
import type { Found, Trial } from './attempt.ts';
import { onCpu, type Computer } from './computer.ts';
import type { Speed } from './speed.ts';

const parent = connectToParent();

parent.onMessage((message) => {
  attempt(message as Trial).then(
    (found) => parent.send(found satisfies Found),
    (error: unknown) =>
      parent.send({ problem: error instanceof Error ? error.message : String(error) } satisfies Found),
  );
});

async function attempt(trial: Trial): Promise<Computer & { speed: Speed | null }> {
  if (trial.use === 'features') {
    const { measureFeatureSpeed } = await import('./featureSpeed.ts');
    const speed = await measureFeatureSpeed(trial.name);
    return trial.name === 'cpu'
      ? { ...onCpu('ONNX Runtime', availableParallelism()), speed }
      : { device: `ONNX Runtime with ${trial.name}`, memory: null, speed };
  }
  const { openAsIf } = await import('./engine.ts');
  const computer = await openAsIf(trial.asked, trial.name);
  if (!trial.measured) return { ...computer, speed: null };
  const { measureNetworkSpeed } = await import('./networkSpeed.ts');
  return { ...computer, speed: await measureNetworkSpeed() };
}
