// One picture of the sample as SVG: a landscape by the sea at some time of the day, with one object in it.
import { type ClassName, objects } from './objects.ts';
import type { Random } from './random.ts';

export const sceneWidth = 192;
export const sceneHeight = 160;

interface Time {
  readonly sky: readonly [string, string];
  readonly sun: string;
  readonly hills: string;
  readonly sea: string;
  /** Laid over everything: the colour of the light. */
  readonly light: string;
  readonly night: boolean;
}

const times: readonly [Time, ...Time[]] = [
  {
    sky: ['#7cc4ee', '#e3f4fb'],
    sun: '#fff6cf',
    hills: '#8fb5a3',
    sea: '#4d9fc4',
    light: '#fff0',
    night: false,
  },
  {
    sky: ['#a9d7ea', '#fdf1d8'],
    sun: '#ffe9a8',
    hills: '#a9bf94',
    sea: '#5fb0b7',
    light: '#ffd98a1c',
    night: false,
  },
  {
    sky: ['#e98a6d', '#fbd9a9'],
    sun: '#fff0c9',
    hills: '#9c6f78',
    sea: '#b77f86',
    light: '#e4572e24',
    night: false,
  },
  {
    sky: ['#b9c6cf', '#e7ecee'],
    sun: '#f4f6f7',
    hills: '#9aa8a8',
    sea: '#7d98a6',
    light: '#8fa0ad2e',
    night: false,
  },
  {
    sky: ['#1d2b52', '#5a6c9c'],
    sun: '#f6efd2',
    hills: '#2f4063',
    sea: '#2c4a75',
    light: '#17255a55',
    night: true,
  },
  {
    sky: ['#f2c6d0', '#fdf0e3'],
    sun: '#fff',
    hills: '#b79fb5',
    sea: '#8fa9c4',
    light: '#d98fb01c',
    night: false,
  },
];
const grounds = ['#86b85f', '#a9c46c', '#e3cd98', '#edf1f4', '#c9a24c', '#6f9f6a', '#b98f63'] as const;

interface Frame {
  readonly random: Random;
  readonly time: Time;
  /** Where the sea or the land begins, from the top. */
  readonly horizon: number;
  /** Where the object stands or floats, unless it flies. */
  readonly base: number;
}

/** SVG of one picture, {@link sceneWidth} by {@link sceneHeight}. */
export function drawScene(subject: ClassName, random: Random): string {
  const horizon = random.between(78, 104);
  const base = Math.min(150, horizon + random.between(34, 50));
  const frame: Frame = { random, time: random.pick(times), horizon, base };
  // A balloon and a lighthouse are at home on both sides of the shore.
  const atSea =
    subject === 'boat' ||
    (subject === 'balloon' && random.chance(0.5)) ||
    (subject === 'lighthouse' && random.chance(0.3));
  const tilt = random.between(-2.5, 2.5);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${sceneWidth}" height="${sceneHeight}">
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${frame.time.sky[0]}"/><stop offset="1" stop-color="${frame.time.sky[1]}"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <g transform="rotate(${tilt} 96 80)">
      ${drawSky(frame)}${drawHills(frame)}
      ${atSea || random.chance(0.35) ? drawSea(frame, atSea) : ''}
      ${atSea ? '' : drawGround(frame, subject)}
      ${placeSubject(subject, frame)}
      ${atSea ? drawWaves(frame) : ''}
    </g>
    <rect width="100%" height="100%" fill="${frame.time.light}"/>
    ${random.chance(0.1) ? `<rect width="100%" height="100%" fill="#eef2f5" opacity="${random.between(0.3, 0.5)}"/>` : ''}
  </svg>`;
}

function drawSky({ random, time }: Frame): string {
  const [x, y] = [random.between(15, 177), random.between(14, 52)];
  const sun = `<circle cx="${x}" cy="${y}" r="22" fill="${time.sun}" opacity=".25"/><circle cx="${x}" cy="${y}" r="${random.between(8, 14)}" fill="${time.sun}" opacity=".9"/>`;
  const stars = repeat(
    time.night ? 18 : 0,
    () =>
      `<circle cx="${random.between(0, 192)}" cy="${random.between(0, 80)}" r="${random.between(0.4, 1)}" fill="#fff" opacity=".8"/>`,
  );
  const clouds = repeat(random.pick([0, 1, 2, 3]), () => cloud(random, time.night ? 0.18 : 0.75));
  const birds = repeat(
    random.chance(0.3) ? 3 : 0,
    () =>
      `<path transform="translate(${random.between(10, 180)} ${random.between(10, 60)})" d="M-5-2Q-2-4 0 0Q2-4 5-2" fill="none" stroke="#3f4260" stroke-width="1.2" opacity=".7"/>`,
  );
  return (random.chance(0.7) ? sun : '') + stars + clouds + birds;
}

function cloud(random: Random, opacity: number): string {
  const scale = random.between(0.5, 1.3);
  return `<g transform="translate(${random.between(0, 192)} ${random.between(10, 60)}) scale(${scale})" fill="#fff" opacity="${opacity}"><rect x="-24" y="-7" width="48" height="14" rx="7"/><circle cx="-8" cy="-8" r="10"/><circle cx="8" cy="-6" r="8"/></g>`;
}

function drawHills({ random, time, horizon }: Frame): string {
  return repeat(random.pick([1, 2, 2]), () => {
    const peak = () => horizon - random.between(6, 42);
    return `<path d="M-20 ${horizon + 12}C20 ${peak()} 40 ${peak()} 70 ${horizon - 6}S130 ${peak()} 160 ${peak()}S200 ${horizon} 220 ${horizon + 12}Z" fill="${time.hills}" opacity="${random.between(0.45, 0.85)}"/>`;
  });
}

function drawSea({ random, time, horizon }: Frame, near: boolean): string {
  const glints = repeat(10, () => {
    const y = random.between(horizon + 4, near ? 160 : horizon + 18);
    const x = random.between(-10, 190);
    return `<path d="M${x} ${y}h${random.between(6, 22)}" stroke="#fff" stroke-width="1.4" stroke-linecap="round" opacity=".35"/>`;
  });
  return `<rect x="-20" y="${horizon}" width="232" height="110" fill="${time.sea}"/>${glints}`;
}

function drawGround({ random, horizon, base }: Frame, subject: ClassName): string {
  const color = random.pick(grounds);
  const shore = horizon + random.between(6, 18);
  const ground = `<path d="M-20 ${shore}Q${random.between(20, 90)} ${shore - random.between(0, 12)} 110 ${shore}T220 ${shore}V190H-20Z" fill="${color}"/><path d="M-20 ${shore + 30}Q60 ${shore + random.between(14, 30)} 220 ${shore + 26}V190H-20Z" fill="#000" opacity=".06"/>`;
  const curb = subject === 'car' ? base - 11 : base + 5;
  const road = `<path d="M-20 ${curb}H220V${curb + 20}H-20Z" fill="#6d6f78"/><path d="M-20 ${curb + 15}H220" stroke="#f3ecd8" stroke-width="1.6" stroke-dasharray="12 9"/>`;
  // Small things that belong to other classes stand about, as they do in photographs.
  const decoys = repeat(random.pick([0, 0, 1, 2]), () => {
    const decoy = random.pick(['tree', 'tree', 'house'] as const);
    return `<g transform="translate(${random.between(5, 187)} ${shore + random.between(0, 8)}) scale(${random.between(0.16, 0.3)})">${objects[decoy](random, false)}</g>`;
  });
  const tufts = repeat(
    14,
    () =>
      `<path transform="translate(${random.between(0, 192)} ${random.between(shore + 14, 158)})" d="M-3 0L-4-5M0 0V-6M3 0L4-5" stroke="#000" stroke-width="1.2" opacity=".14"/>`,
  );
  return ground + decoys + tufts + (subject === 'car' || random.chance(0.2) ? road : '');
}

function placeSubject(subject: ClassName, { random, time, base }: Frame): string {
  const scale = random.between(0.62, 1.12) * (subject === 'car' ? 0.92 : 1);
  const x = random.between(58, 134);
  const y = subject === 'balloon' ? random.between(98, 128) : base;
  const lean = subject === 'balloon' || subject === 'boat' ? random.between(-9, 9) : random.between(-3, 3);
  const shadow =
    subject === 'balloon' || subject === 'boat'
      ? ''
      : '<ellipse cx="6" cy="1" rx="48" ry="6" fill="#000" opacity=".18"/>';
  const mirrored = random.chance(0.5) ? -1 : 1;
  return `<g transform="translate(${x} ${y}) scale(${mirrored * scale} ${scale}) rotate(${lean})">${shadow}${objects[subject](random, time.night)}</g>`;
}

/** In front of what floats. */
function drawWaves({ random, time, horizon }: Frame): string {
  return repeat(2, (index) => {
    const y = horizon + 38 + index * 14 + random.between(0, 6);
    const crests = Array.from({ length: 9 }, () => 'q12-7 24 0').join('');
    return `<path d="M${random.between(-30, -8)} ${y}${crests}V190H-30Z" fill="${time.sea}"/><path d="M${random.between(-30, -8)} ${y + 2}${crests}" fill="none" stroke="#fff" stroke-width="1.3" opacity=".3"/>`;
  });
}

function repeat(count: number, draw: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => draw(index)).join('');
}
