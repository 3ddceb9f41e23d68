import { expect, test, vi, onTestFinished } from 'vitest';
import type { Spawn } from '../../process/child.ts';
import { spawnChild } from '../../process/fork.ts';
import { engineNames } from '../../../shared/training.ts';
import { featureEngines } from '../../features/backbone/engines.ts';
import type { Found, Trial } from './attempt.ts';
import { networkEngines, reportEngines, type EngineReport } from './report.ts';

async function reportsOf(spawn: Spawn): Promise<EngineReport[]> {
  const reports: EngineReport[] = [];
  for await (const report of reportEngines(spawn)) reports.push(report);
  return reports;
}

/** Starts processes that do as they are told for each engine. */
function spawnFake(answer: (trial: Trial) => Found | 'crash' | 'hang' | object): Spawn {
  return () => {
    let exit: ((reason: string) => void) | undefined;
    let tell: ((message: unknown) => void) | undefined;
    return {
      pid: 1,
      send(trial) {
        const how = answer(trial as Trial);
        if (how === 'crash') exit?.('killed by SIGSEGV');
        else if (how !== 'hang') tell?.(how);
      },
      onMessage: (listener) => void (tell = listener),
      onExit: (listener) => void (exit = listener),
      kill: () => {},
    };
  };
}

const found = (device: string): Found => ({ device, memory: null, speed: null });
const noCard: Found = { problem: 'There is no card.' };

test('engines are tried and measured in processes of their own; each is there, or says what would make it so', async () => {
  const reports = await reportsOf(spawnChild);
  expect(reports.map(({ use, name }) => `${use} ${name}`)).toEqual([
    ...featureEngines.map((name) => `features ${name}`),
    ...engineNames.map((name) => `networks ${name}`),
  ]);
  for (const report of reports) {
    if ('problem' in report) expect(report.problem).toMatch(/\.$/);
    else expect(report.speed?.matrixProduct).toBeGreaterThan(0);
  }
  const wasm = reports.find(({ name }) => name === 'wasm');
  expect(wasm).toMatchObject({ device: expect.stringContaining('WebAssembly'), memory: 'at most 4 GB' });
  expect(wasm).toHaveProperty(
    'speed.convolutionGradients',
    expect.toSatisfy((speed: number) => speed > 0),
  );
}, 120_000);

test(
  'an engine that takes its process down, hangs or answers with nonsense is named; the others are tried all the same',
  { tags: 'engine-trouble' },
  async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 1000 });
    onTestFinished(() => void vi.useRealTimers());
    const done = reportsOf(
      spawnFake(({ name }) => {
        if (name === 'cuda') return 'crash';
        if (name === 'webgpu') return 'hang';
        return name === 'tensorflow' ? { device: 7 } : noCard;
      }),
    );
    await vi.advanceTimersByTimeAsync(200_000);
    const problems = Object.fromEntries(
      (await done).map((report) => [report.name, 'problem' in report ? report.problem : null]),
    );
    expect(problems).toMatchObject({
      cuda: 'The process that tried it ended: killed by SIGSEGV.',
      webgpu: expect.stringMatching(/^It has not answered for 120 seconds/),
      tensorflow: 'The process that tried it gave an answer that makes no sense.',
      wasm: 'There is no card.',
    });
  },
);

test('the best engine for networks is marked; one that is there only for those who ask is not it', async () => {
  const spawn = spawnFake((trial) => {
    if (trial.name === 'webgpu') return trial.use === 'networks' && trial.asked ? found('software') : noCard;
    return trial.name === 'cuda' ? noCard : found(trial.name);
  });
  expect(await networkEngines(spawn)).toEqual([
    { name: 'cuda', device: null, problem: 'There is no card.', best: false },
    { name: 'webgpu', device: 'software', problem: null, best: false },
    { name: 'tensorflow', device: 'tensorflow', problem: null, best: true },
    { name: 'wasm', device: 'wasm', problem: null, best: false },
  ]);
});
