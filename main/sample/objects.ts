// What the sample's pictures show: one function a class, each answering a piece of SVG that stands on the origin, about
// a hundred units high, y pointing down.
import type { Random } from './random.ts';

type Draw = (random: Random, night: boolean) => string;

// One set of paints for everything, so that colour alone does not tell the classes apart.
const paints = [
  '#d9482b',
  '#f0a03c',
  '#2f7fa8',
  '#6fa53a',
  '#9c3f6e',
  '#f3ecd8',
  '#3f4260',
  '#df7585',
  '#45a29e',
] as const;
const woods = ['#6b4a32', '#7d5a3c', '#54402f'] as const;

const balloon: Draw = (random) => {
  const [main, stripe] = twoPaints(random);
  const gores = random.pick([
    `<path d="M0-100C-17-97-19-58-6-24L6-24C19-58 17-97 0-100Z" fill="${stripe}"/>`,
    `<path d="M0-100C-30-99-36-60-9-24L-4-24C-14-60-12-96 0-100C12-96 14-60 4-24L9-24C36-60 30-99 0-100Z" fill="${stripe}"/>`,
    `<path d="M-37-70C-20-60 20-60 37-70L36-54C20-45-20-45-36-54Z" fill="${stripe}"/>`,
  ]);
  return `
    <path d="M0-100C-36-100-46-68-35-49C-27-36-13-29-9-24L9-24C13-29 27-36 35-49C46-68 36-100 0-100Z" fill="${main}"/>
    ${gores}
    <path d="M0-100C36-100 46-68 35-49C27-36 13-29 9-24L3-24C20-52 24-88 0-100Z" fill="#000" opacity=".14"/>
    <path d="M-18-88C-26-82-28-70-26-62" stroke="#fff" stroke-width="4" stroke-linecap="round" fill="none" opacity=".35"/>
    <path d="M-8-24L-6-12M8-24L6-12M0-24L0-12" stroke="#4a3b30" stroke-width="1.2"/>
    <path d="M-8-13H8L6 0H-6Z" fill="${random.pick(woods)}"/><rect x="-9" y="-14" width="18" height="3" rx="1.5" fill="#3b2c22"/>`;
};

const boat: Draw = (random, night) => {
  const [hull, sail] = twoPaints(random);
  const body = `
    <path d="M-46-17H48C45-4 36 2 28 2H-26C-36 2-43-6-46-17Z" fill="${hull}"/>
    <path d="M-46-17H48L46-11H-44Z" fill="#fff" opacity=".55"/>`;
  if (random.chance(0.3))
    return `${body}
      <rect x="-26" y="-36" width="46" height="19" rx="2" fill="#f3ecd8"/><rect x="-18" y="-50" width="26" height="14" rx="2" fill="#e2d8be"/>
      <path d="M-20-27h6m4 0h6m4 0h6m4 0h6" stroke="${night ? '#ffd873' : '#5b7f95'}" stroke-width="6"/>
      <path d="M10-36V-68H24V-36Z" fill="${sail}"/><path d="M10-68H24V-61H10Z" fill="#2e2b33"/>
      <path d="M-34-17V-62" stroke="#54402f" stroke-width="2"/><path d="M-34-62L-20-57L-34-52Z" fill="${sail}"/>`;
  const jib = random.chance(0.75) ? `<path d="M-4-88C-14-58-28-36-38-22H-4Z" fill="#f3ecd8"/>` : '';
  return `${body}
    <path d="M0-100V-16" stroke="#54402f" stroke-width="3"/>${jib}
    <path d="M3-97C27-72 38-44 39-22H3Z" fill="${sail}"/><path d="M3-97C12-72 14-44 13-22H3Z" fill="#fff" opacity=".25"/>
    <path d="M0-100L13-96L0-92Z" fill="${hull}"/>`;
};

const wheel = (x: number) =>
  `<circle cx="${x}" cy="-13" r="15" fill="#2b2b33"/><circle cx="${x}" cy="-13" r="7" fill="#c9ccd1"/>`;

const car: Draw = (random, night) => {
  const [body, trim] = twoPaints(random);
  const glass = night ? '#ffe9ad' : '#cfe6ee';
  const shape = random.pick([
    {
      shell:
        'M-62-14V-32C-60-41-48-43-37-45L-22-68C-19-72-15-74-10-74H20C27-74 31-71 35-66L47-46C58-43 64-38 64-28V-14Z',
      windows: 'M-29-46L-15-64C-13-66-11-67-8-67H1V-46ZM7-67H19C23-67 26-65 28-62L38-46H7Z',
    },
    {
      shell: 'M-60-14V-66C-60-72-56-76-50-76H26C33-76 37-73 40-67L50-46C58-43 62-38 62-30V-14Z',
      windows: 'M-52-68H-30V-48H-52ZM-24-68H0V-48H-24ZM6-68H25C28-68 30-66 32-63L39-48H6Z',
    },
    {
      shell: 'M-58-14V-34C-56-46-44-50-38-54C-28-70-14-76 2-76C20-76 34-68 42-52C54-48 60-40 60-28V-14Z',
      windows: 'M-31-50C-24-62-14-68-3-69V-50ZM4-69C18-68 27-61 33-50H4Z',
    },
  ]);
  return `
    <path d="${shape.shell}" fill="${body}"/><path d="${shape.windows}" fill="${glass}"/>
    <path d="M-60-28H63V-14H-60Z" fill="#000" opacity=".16"/><path d="M-58-35H60" stroke="${trim}" stroke-width="3.5" opacity=".8"/>
    <path d="M-8-40h7" stroke="#2b2b33" stroke-width="2"/>
    <circle cx="58" cy="-31" r="4.5" fill="#fff3c4"/><rect x="-63" y="-36" width="5" height="8" rx="2" fill="#b3261e"/>
    ${night ? '<path d="M60-33L110-44V-4Z" fill="#fff3c4" opacity=".35"/>' : ''}${wheel(-34)}${wheel(35)}`;
};

const house: Draw = (random, night) => {
  const [roof, door] = twoPaints(random);
  const wall = random.pick(['#f3ecd8', '#e8c9a0', '#dfe5e8', '#e9b7a6', '#cfd9b8']);
  const glass = night ? '#ffd873' : '#8fb9cf';
  const half = random.between(34, 46);
  const window = (x: number, y: number) =>
    `<rect x="${x - 7}" y="${y}" width="14" height="14" fill="${glass}" stroke="#fff" stroke-width="2"/><path d="M${x} ${y}v14M${x - 7} ${y + 7}h14" stroke="#fff" stroke-width="1.5"/>`;
  return `
    <rect x="${half * 0.35}" y="-94" width="11" height="30" fill="#8c5a48"/>
    <path d="M${-half}-54H${half}V0H${-half}Z" fill="${wall}"/><path d="M${half * 0.4}-54H${half}V0H${half * 0.4}Z" fill="#000" opacity=".08"/>
    <path d="M${-half - 9}-52L0-96L${half + 9}-52Z" fill="${roof}"/><path d="M0-96L${half + 9}-52H${half * 0.5}Z" fill="#000" opacity=".13"/>
    <path d="M-8 0V-24C-8-33 8-33 8-24V0Z" fill="${door}"/><circle cx="4.5" cy="-13" r="1.4" fill="#fff"/>
    ${window(-half + 14, -40)}${window(half - 14, -40)}
    ${random.chance(0.5) ? `<circle cx="0" cy="-66" r="6.5" fill="${glass}" stroke="#fff" stroke-width="2"/>` : ''}`;
};

/** Half the lighthouse's width at that height. */
const towerHalf = (y: number) => 17 + (y / 74) * 7;

const lighthouse: Draw = (random, night) => {
  const [bands, dome] = twoPaints(random);
  const count = random.pick([2, 3, 4]);
  const stripes = Array.from({ length: count }, (_, index) => {
    const top = -74 + (74 / count) * index;
    const bottom = top + 74 / count / 2;
    return `<path d="M${-towerHalf(top)} ${top}H${towerHalf(top)}L${towerHalf(bottom)} ${bottom}H${-towerHalf(bottom)}Z" fill="${bands}"/>`;
  }).join('');
  const beam = `<path d="M0-84L${random.pick([-1, 1]) * 130}-108V-62Z" fill="#fff3c4" opacity=".4"/>`;
  return `
    ${night ? beam : ''}<path d="M-28 4C-30-8-12-10 0-8C14-10 30-8 30 4Z" fill="#77706b"/>
    <path d="M-17 0L-10-74H10L17 0Z" fill="#f6f2e6"/>${stripes}
    <path d="M3-74H10L17 0H6Z" fill="#000" opacity=".13"/>
    <rect x="-15" y="-78" width="30" height="5" rx="1.5" fill="#3f4260"/>
    <rect x="-8" y="-91" width="16" height="13" fill="${night ? '#fff0b0' : '#cfe6ee'}"/><path d="M-8-91V-78M0-91V-78M8-91V-78" stroke="#3f4260" stroke-width="1.6"/>
    <path d="M-10-91C-8-101 8-101 10-91Z" fill="${dome}"/><path d="M0-99V-106" stroke="#3f4260" stroke-width="2"/>
    <path d="M-5 0V-11C-5-16 5-16 5-11V0Z" fill="#54402f"/>`;
};

const tree: Draw = (random) => {
  const wood = random.pick(woods);
  const leaves = random.pick(['#4f8a3c', '#6fa53a', '#2f6b4f', '#e0922f', '#c9502e', '#d9b13b', '#e7a0b4']);
  if (random.chance(0.35)) {
    const tiers = [
      [-30, 42, -6],
      [-54, 34, -34],
      [-76, 25, -56],
    ] as const;
    const needles = tiers.map(
      ([top, half, bottom]) =>
        `<path d="M0${top - 26}L${half} ${bottom}H${-half}Z" fill="${leaves}"/><path d="M0${top - 26}L${half} ${bottom}H${half * 0.2}Z" fill="#000" opacity=".14"/>`,
    );
    return `<rect x="-6" y="-14" width="12" height="14" fill="${wood}"/>${needles.join('')}`;
  }
  const blobs = Array.from({ length: 7 }, (_, index) => {
    const angle = (index / 7) * 2 * Math.PI;
    const [x, y] = [Math.cos(angle) * random.between(15, 24), Math.sin(angle) * random.between(12, 19) - 66];
    return { x, y, r: random.between(16, 23) };
  });
  const circles = (dx: number, dy: number, shrink: number) =>
    blobs.map(({ x, y, r }) => `<circle cx="${x + dx}" cy="${y + dy}" r="${r - shrink}"/>`).join('');
  return `
    <path d="M-8 0C-4-14-5-30-4-46H5C5-30 5-14 9 0Z" fill="${wood}"/><path d="M0-30L16-48M0-36L-15-52" stroke="${wood}" stroke-width="4"/>
    <g fill="${leaves}"><circle cx="0" cy="-66" r="24"/>${circles(0, 0, 0)}</g>
    <g fill="#000" opacity=".08">${circles(4, 5, 8)}</g><g fill="#fff" opacity=".1">${circles(-4, -5, 9)}</g>`;
};

export const objects = { balloon, boat, car, house, lighthouse, tree } as const satisfies Record<
  string,
  Draw
>;
export type ClassName = keyof typeof objects;

/** Two different paints. */
function twoPaints(random: Random): readonly [string, string] {
  const first = random.pick(paints);
  let second = random.pick(paints);
  while (second === first) second = random.pick(paints);
  return [first, second];
}
