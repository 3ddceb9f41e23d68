// Runs a command of ours to its end, and measures what it took.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { residentBytes } from '../../main/testing/memory.ts';

export interface Measured {
  readonly output: string;
  /** From its start to its exit. */
  readonly seconds: number;
  /** The most memory that the process and its children had at once; null where the system has no /proc. */
  readonly peakMegabytes: number | null;
}

const sampleEveryMs = 50;

/** @throws Error with what the command said, where it failed. */
export async function measure(script: string, args: readonly string[]): Promise<Measured> {
  const started = performance.now();
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  let peak = 0;
  const timer = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, residentBytes(child.pid));
  }, sampleEveryMs);
  const [status] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - started) / 1000;
  clearInterval(timer);
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} failed:\n${errors}`);
  return { output, seconds, peakMegabytes: peak > 0 ? peak / 1e6 : null };
}
