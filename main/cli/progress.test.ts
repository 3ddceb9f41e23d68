import { expect, test } from 'vitest';
import { createProgress } from './progress.ts';

/** A progress with a clock of its own, and what it writes. */
function recorded(terminal: { columns: number } | null) {
  const clock = { seconds: 0 };
  const written: string[] = [];
  const stream = {
    isTTY: terminal !== null,
    columns: terminal?.columns ?? 0,
    write: (text: string) => written.push(text) > 0,
  };
  const progress = createProgress(stream, () => clock.seconds * 1000);
  /** Goes on to `until` seconds at a steady pace, telling ten times a second. */
  const work = (perSecond: number, until: number, total: number) => {
    for (; clock.seconds < until; clock.seconds += 0.1) {
      progress.update('features', Math.floor(clock.seconds * perSecond), total);
    }
  };
  return { progress, work, written };
}

test('a terminal shows one line with rate and time left, and it is cleared in the end', () => {
  const { progress, work, written } = recorded({ columns: 80 });
  work(50, 20, 5000);
  expect(written[0]).toBe('\r\x1b[KReading images: 0 of 5,000');
  expect(written.at(-1)).toContain('\r\x1b[KReading images: 99');
  expect(written.at(-1)).toMatch(/99\d of 5,000 · 50\/s · 1 min 2\d s left$/);
  progress.end();
  expect(written.at(-1)).toBe('\r\x1b[K');
});

test('a line is no wider than the terminal', () => {
  const { work, written } = recorded({ columns: 30 });
  work(50, 20, 5000);
  expect(written.at(-1)).toHaveLength('\r\x1b[K'.length + 29);
});

test('elsewhere nothing is said of short work, and of long work a line every five seconds', () => {
  const short = recorded(null);
  short.work(1000, 4, 4000);
  short.progress.end();
  expect(short.written).toEqual([]);

  const long = recorded(null);
  long.work(100, 16, 100_000);
  long.progress.end();
  expect(long.written).toHaveLength(3);
  for (const line of long.written) {
    expect(line).toMatch(/^Reading images: [\d,]+ of 100,000 · 100\/s · 1[56] min \d+ s left\n$/);
  }
});

test('bytes are shown as megabytes, and shares as percent', () => {
  const { progress, written } = recorded({ columns: 80 });
  progress.update('download', 1_250_000, 15_000_000);
  progress.update('head', 50, 200);
  expect(written).toEqual([
    '\r\x1b[KDownloading weights: 1.3 MB of 15.0 MB',
    '\r\x1b[KFitting the head: 25 %',
  ]);
});
