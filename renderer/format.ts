// How numbers, times and sizes are written. Everything here is a pure function of its arguments.
const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const dayAndMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

/** "12,480" */
export const number = (value: number): string => grouped.format(value);

/** "1 image", "12,480 images" */
export const count = (value: number, singular: string, plural = `${singular}s`): string =>
  `${number(value)} ${value === 1 ? singular : plural}`;

/** "98 %" */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** "86.4 %" */
export const percentPrecise = (share: number): string => `${(share * 100).toFixed(1)} %`;

/** "6.1 s", "1 min 40 s", "2 h 5 min" */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  return joined(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
}

/** What is left to wait, to the second: "7 s", "1 min 40 s" */
export function timeLeft(seconds: number): string {
  return seconds < 60 ? `${Math.ceil(seconds)} s` : duration(seconds);
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** "412 B", "48 kB", "3.2 MB" */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1_000_000) return `${Math.round(value / 1000)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

/** "today", "yesterday", "12 November", "12 November 2025" */
export function day(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return 'today';
  if (days === 1) return 'yesterday';
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayAndMonth : dayMonthYear).format(at);
}

/** "today, 14:05" */
export const moment = (at: number, now: number): string => `${day(at, now)}, ${clock.format(at)}`;

/**
 * A name as it may be shown: characters that turn the order of those around them are written by their number, so that
 * "gpj.exe" cannot read "exe.jpg". Letters of any script stay as they are.
 */
export function readable(name: string): string {
  return name.replaceAll(
    /[\u202a-\u202e\u2066-\u2069]/gu,
    (turn) => `[U+${(turn.codePointAt(0) ?? 0).toString(16).toUpperCase()}]`,
  );
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
