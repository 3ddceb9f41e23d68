// Progress on standard error: one line that is rewritten on a terminal. Elsewhere a plain line now and then, and none
// for work that is soon done.
import { estimateRate } from '../work/rate.ts';

/** What is counted, and how it is called: "Reading images". */
export interface Work {
  readonly title: string;
  readonly unit: 'items' | 'bytes' | 'percent';
}

export interface Progress {
  update(work: Work, done: number, total: number | null): void;
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
  let title = '';
  let rate = estimateRate(now);
  let shownAt = 0;
  return {
    update(work, done, total) {
      if (work.title !== title) {
        title = work.title;
        rate = estimateRate(now);
        shownAt = isTTY ? Number.NEGATIVE_INFINITY : now();
      }
      const estimate = rate.at(done, total);
      if (now() - shownAt < (isTTY ? terminalEveryMs : plainEveryMs)) return;
      shownAt = now();
      const line = describe(work, done, total, estimate);
      stream.write(isTTY ? `\r\x1b[K${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
    },
    end() {
      if (isTTY && title !== '') stream.write('\r\x1b[K');
      title = '';
    },
  };
}

function describe(
  { title, unit }: Work,
  done: number,
  total: number | null,
  { rate, secondsLeft }: { rate: number | null; secondsLeft: number | null },
): string {
  const amount =
    total === null
      ? quantity(done, unit)
      : unit === 'percent'
        ? `${Math.floor((100 * done) / total)} %`
        : `${quantity(done, unit)} of ${quantity(total, unit)}`;
  return [
    `${title}: ${amount}`,
    ...(rate && unit !== 'percent' ? [`${quantity(rate, unit)}/s`] : []),
    ...(secondsLeft ? [`${duration(secondsLeft)} left`] : []),
  ].join(' · ');
}

function quantity(value: number, unit: Work['unit']): string {
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
