// How fast long work goes, and when it will be done. Smoothed, so that one slow batch does not make the number jump.

export interface Estimate {
  /** Units a second; null before there is anything to measure. */
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

/** Measures from the first call on: what was done before (in an earlier, interrupted run) does not count as fast work. */
export function estimateRate(now: () => number = () => performance.now()): {
  at(done: number, total: number | null): Estimate;
} {
  const halfLifeSeconds = 5;
  let last: { time: number; done: number } | null = null;
  let rate: number | null = null;
  return {
    at(done, total) {
      const time = now();
      if (!last) {
        last = { time, done };
      } else if (time - last.time >= 200) {
        const seconds = (time - last.time) / 1000;
        const current = (done - last.done) / seconds;
        const keep = 0.5 ** (seconds / halfLifeSeconds);
        rate = rate === null ? current : keep * rate + (1 - keep) * current;
        last = { time, done };
      }
      return { rate, secondsLeft: rate && total !== null ? (total - done) / rate : null };
    },
  };
}
