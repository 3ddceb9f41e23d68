// Progress on standard error: one line that is rewritten on a terminal. Elsewhere a plain line now and then, and none
// for work that is soon done.
import { phases, type Phase } from '../../shared/work.ts';
import { estimateRate } from '../work/rate.ts';

export interface Progress {
  update(phase: Phase, done: number, total: number | null): void;
  /** Clears the line. */
  end(): void;
}

const terminalEveryMs = 100;
const plainEveryMs = 5000;

/** @param now milliseconds, from any start. */
export function createProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'>,
  now: () => number = () => performance.now(),
): Progress {
  const { isTTY } = stream;
  let last: Phase | null = null;
  let rate = estimateRate(now);
  let shownAt = 0;
  return {
    update(phase, done, total) {
      if (phase !== last) {
        last = phase;
        rate = estimateRate(now);
        shownAt = isTTY ? Number.NEGATIVE_INFINITY : now();
      }
      const estimate = rate.at(done, total);
      if (now() - shownAt < (isTTY ? terminalEveryMs : plainEveryMs)) return;
      shownAt = now();
      const line = describe(phase, done, total, estimate);
      stream.write(isTTY ? `\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
    },
    end() {
      if (isTTY && last !== null) stream.write('\r\x1b[K');
      last = null;
    },
  };
}

function describe(
  phase: Phase,
  done: number,
  total: number | null,
  { rate, secondsLeft }: { rate: number | null; secondsLeft: number | null },
): string {
  const { title, unit } = phases[phase];
  const amount =
    total === null
      ? quantity(done, unit)
      : unit === '%'
        ? `${Math.floor((100 * done) / total)} %`
        : `${quantity(done, unit)} of ${quantity(total, unit)}`;
  return [
    `${title}: ${amount}`,
    ...(rate && unit !== '%' ? [`${quantity(rate, unit)}/s`] : []),
    ...(secondsLeft ? [`${duration(secondsLeft)} left`] : []),
  ].join(' · ');
}

function quantity(value: number, unit: (typeof phases)[Phase]['unit']): string {
  if (unit === 'bytes') return `${(value / 1e6).toFixed(1)} MB`;
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 1 : 0 });
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
