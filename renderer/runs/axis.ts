// Scales and ticks of a chart. Pure.

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly log: boolean;
  readonly ticks: readonly Tick[];
}

/** From 0 or below it to above the highest value, with round ticks. `wanted`: about so many. */
export function linearAxis(low: number, high: number, wanted: number, write = plain): Axis {
  const range = high - low || 1;
  const rough = range / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const from = Math.floor(low / step) * step;
  const to = Math.ceil(high / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round((to - from) / step) + 1 }, (_, place) => {
    const at = Number((from + place * step).toPrecision(12));
    return { at, text: write(at) };
  });
  return { from, to: to === from ? from + step : to, log: false, ticks };
}

/** Powers of ten; `every`: so many decades between two ticks. */
export function logAxis(from: number, to: number, every = 2): Axis {
  const first = Math.ceil(Math.log10(from) - 1e-9);
  const last = Math.floor(Math.log10(to) + 1e-9);
  const ticks = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, place) => {
    const power = first + place * every;
    return { at: 10 ** power, text: power >= -2 && power <= 1 ? plain(10 ** power) : `1e${power}` };
  });
  return { from, to, log: true, ticks };
}

/** Whole epochs from 0 on, not more than about eight of them written. */
export function epochAxis(epochs: number): Axis {
  const step = Math.max(1, Math.ceil(epochs / 8));
  const ticks = Array.from({ length: Math.floor(epochs / step) + 1 }, (_, place) => ({
    at: place * step,
    text: String(place * step),
  }));
  return { from: 0, to: epochs, log: false, ticks };
}

/** Where a value lies on the axis: 0 at its start, 1 at its end. */
export function position({ from, to, log }: Axis, value: number): number {
  return log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** "0.002", "1.5e-5": as short as a learning rate is written, to two digits. */
export function rateText(rate: number): string {
  return exactRateText(Number(rate.toPrecision(2)));
}

/** The same with all digits. */
export function exactRateText(rate: number): string {
  return rate >= 1e-3 || rate === 0 ? String(rate) : rate.toExponential();
}
