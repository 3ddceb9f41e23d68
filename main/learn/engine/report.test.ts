import { expect, test, vi, onTestFinished } from 'vitest';
import type { Child, Spawn } from '../../process/child.ts';
import { spawnChild } from '../../process/fork.ts';
import { engineNames, featureEngines } from './names.ts';
import { reportEngines, type EngineReport, type Trial } from './report.ts';

async function reportsOf(spawn: Spawn): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for await (const report of reportEngines(spawn)) reports.push(report);
  return reports;
}

/** A process that does as it is told for each engine; by default it finds no card. */
function fakeChild(behave: Partial<Record<string, 'crash' | 'hang'>>): Child {
  const exits: ((reason: string) => void)[] = [];
  const listeners: ((message: unknown) => void)[] = [];
  return {
    pid: 1,
    send(message) {
      const how = behave[(message as Trial).name];
      if (how === 'crash') for (const exit of exits) exit('killed by SIGSEGV');
      if (how === undefined) for (const listener of listeners) listener({ problem: 'There is no card.' });
    },
    onMessage: (listener) => void listeners.push(listener),
    onExit: (listener) => void exits.push(listener),
    kill: () => {},
  };
}

test('engines are tried and measured in processes of their own; each is there, or says what would make it so', async () => {
  const reports = await reportsOf(spawnChild);
  expect(reports.map(({ use, name }) => `${use} ${name}`)).toEqual([
    ...featureEngines.map((name) => `features ${name}`),
    ...engineNames.map((name) => `networks ${name}`),
  ]);
  for (const report of reports) {
    if ('problem' in report) expect(report.problem).toMatch(/\.$/);
    else expect(report.speed.matrixProduct).toBeGreaterThan(0);
  }
  const wasm = reports.find(({ name }) => name === 'wasm');
  expect(wasm).toMatchObject({ device: expect.stringContaining('WebAssembly'), memory: 'at most 4 GB' });
  expect(wasm).toHaveProperty(
    'speed.convolutionGradients',
    expect.toSatisfy((speed: number) => speed > 0),
  );
}, 120_000);

test('an engine that takes its process down, or hangs, is named; the others are tried all the same', async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 1000 });
  onTestFinished(() => void vi.useRealTimers());
  const done = reportsOf(() => fakeChild({ cuda: 'crash', webgpu: 'hang' }));
  await vi.advanceTimersByTimeAsync(200_000);
  const problems = Object.fromEntries(
    (await done).map((report) => [report.name, 'problem' in report ? report.problem : null]),
  );
  expect(problems).toMatchObject({
    cuda: 'The process that tried it ended: killed by SIGSEGV.',
    webgpu: expect.stringMatching(/^It has not answered for 120 seconds/),
    tensorflow: 'There is no card.',
    wasm: 'There is no card.',
  });
});
