// Progress on standard error: one line that is rewritten on a terminal, a plain line now and then elsewhere.
import { estimateRate } from '../project/rate.ts';

export interface Progress {
  update(title: string, done: number, total: number | null): void;
  /** Clears the line. */
  end(): void;
}

const terminalEveryMs = 100;
const plainEveryMs = 5000;

export function createProgress(stream: NodeJS.WriteStream): Progress {
  const { isTTY } = stream;
  let title = '';
  let rate = estimateRate();
  let shownAt = 0;
  return {
    update(newTitle, done, total) {
      if (newTitle !== title) {
        title = newTitle;
        rate = estimateRate();
        shownAt = 0;
      }
      const estimate = rate.at(done, total);
      const now = performance.now();
      const finished = done === total;
      if (!finished && shownAt !== 0 && now - shownAt < (isTTY ? terminalEveryMs : plainEveryMs)) return;
      if (finished && shownAt === 0 && !isTTY) return;
      shownAt = now;
      const line = [
        `${title} ${done.toLocaleString('en')}${total === null ? '' : ` of ${total.toLocaleString('en')}`}`,
        estimate.rate ? `${estimate.rate.toFixed(estimate.rate < 10 ? 1 : 0)}/s` : null,
        estimate.secondsLeft && !finished ? `${duration(estimate.secondsLeft)} left` : null,
      ]
        .filter(Boolean)
        .join(' · ');
      stream.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    },
    end() {
      if (isTTY) stream.write('\r\x1b[K');
      title = '';
    },
  };
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
