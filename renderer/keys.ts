// The keys of the review as data: the key handler, the hints, the menus and the help all read this one list.
import type { Review } from './review/review.svelte.ts';
import { zoomStep } from './picture/zoom.svelte.ts';

export type ShortcutGroup = 'Decide' | 'Move' | 'Select' | 'List' | 'Look closer';
/** What covers the window: nothing but the list, the loupe, or two pictures side by side. */
export type Place = 'list' | 'loupe' | 'compare';

export interface Shortcut {
  /** Under which keys of one's own are stored. */
  readonly name: string;
  /** "k", "Ctrl+Shift+Z", "1…9", "a…z"; the first that matches a key press wins. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: ShortcutGroup;
  readonly run: (review: Review, key: string) => void;
  /** Where it acts; left out: in the list alone. */
  readonly places?: readonly Place[];
  /** Short words for the foot; left out: not shown there. */
  readonly hint?: string;
  /** Short words for the menu of an image; left out: not in it. */
  readonly menu?: string;
  /** Acts again while the key is held. Decisions do not: a key that was held too long must not decide. */
  readonly repeats?: boolean;
  /** A range of keys, which can't be changed. */
  readonly fixed?: boolean;
}

/** What of a keyboard event a match looks at. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

const everywhere: readonly Place[] = ['list', 'loupe', 'compare'];
const listAndLoupe: readonly Place[] = ['list', 'loupe'];
const pictures: readonly Place[] = ['loupe', 'compare'];
/** CSS pixels that a key moves an enlarged picture by. */
const panStep = 80;

export const shortcuts: readonly Shortcut[] = [
  {
    name: 'suggestion',
    keys: ['1…9'],
    label: 'Relabel as that suggestion',
    fixed: true,
    group: 'Decide',
    hint: 'relabel',
    places: everywhere,
    run: (review, key) => review.takeSuggestion(Number(key) - 1),
  },
  {
    name: 'keep',
    keys: ['k'],
    label: 'Keep: the label is right',
    menu: 'Keep',
    group: 'Decide',
    hint: 'keep',
    places: everywhere,
    run: (review) => review.decide({ verdict: 'keep' }),
  },
  {
    name: 'exclude',
    keys: ['x'],
    label: 'Exclude from the data set',
    menu: 'Exclude',
    group: 'Decide',
    hint: 'exclude',
    places: everywhere,
    run: (review) => review.decide({ verdict: 'exclude' }),
  },
  {
    name: 'unsure',
    keys: ['u'],
    label: 'Unsure: decide later',
    menu: 'Unsure',
    group: 'Decide',
    places: everywhere,
    run: (review) => review.decide({ verdict: 'unsure' }),
  },
  {
    name: 'clear',
    keys: ['Backspace'],
    label: 'Take the verdict back: to review again, with its first label',
    menu: 'Take the verdict back',
    group: 'Decide',
    places: everywhere,
    run: (review) => review.decide({ verdict: 'clear' }),
  },
  {
    name: 'undo',
    keys: ['Ctrl+Z'],
    label: 'Undo',
    group: 'Decide',
    hint: 'undo',
    places: everywhere,
    repeats: true,
    run: (review) => review.undo(),
  },
  {
    name: 'redo',
    keys: ['Ctrl+Shift+Z', 'Ctrl+Y'],
    label: 'Redo',
    group: 'Decide',
    places: everywhere,
    repeats: true,
    run: (review) => review.redo(),
  },
  {
    name: 'previous',
    keys: ['ArrowLeft'],
    label: 'Previous image',
    group: 'Move',
    places: listAndLoupe,
    repeats: true,
    run: (review) => review.moveBy(-1),
  },
  {
    name: 'next',
    keys: ['ArrowRight'],
    label: 'Next image',
    group: 'Move',
    places: listAndLoupe,
    repeats: true,
    run: (review) => review.moveBy(1),
  },
  {
    name: 'row-up',
    keys: ['ArrowUp'],
    label: 'One row up',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(-1),
  },
  {
    name: 'row-down',
    keys: ['ArrowDown'],
    label: 'One row down',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(1),
  },
  {
    name: 'page-up',
    keys: ['PageUp'],
    label: 'One page up',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(-review.grid.geometry.rowsPerPage),
  },
  {
    name: 'page-down',
    keys: ['PageDown'],
    label: 'One page down',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(review.grid.geometry.rowsPerPage),
  },
  { name: 'first', keys: ['Home'], label: 'First image', group: 'Move', run: (review) => review.moveTo(0) },
  {
    name: 'last',
    keys: ['End'],
    label: 'Last image',
    group: 'Move',
    run: (review) => review.moveTo(Infinity),
  },
  {
    name: 'loupe',
    keys: ['Space', 'Enter'],
    label: 'Look closer, and back',
    menu: 'Look closer',
    group: 'Look closer',
    hint: 'look closer',
    places: listAndLoupe,
    run: (review) => (review.loupe = !review.loupe && review.focused !== null),
  },
  {
    name: 'select-all',
    keys: ['Ctrl+A'],
    label: 'Select all in the list',
    group: 'Select',
    run: (review) => review.selectAll(),
  },
  {
    name: 'select-left',
    keys: ['Shift+ArrowLeft'],
    label: 'Select to the left',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveBy(-1, true),
  },
  {
    name: 'select-right',
    keys: ['Shift+ArrowRight'],
    label: 'Select to the right',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveBy(1, true),
  },
  {
    name: 'select-up',
    keys: ['Shift+ArrowUp'],
    label: 'Select a row up',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveByRows(-1, true),
  },
  {
    name: 'select-down',
    keys: ['Shift+ArrowDown'],
    label: 'Select a row down',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveByRows(1, true),
  },
  {
    name: 'select-none',
    keys: ['Escape'],
    label: 'Select nothing',
    group: 'Select',
    run: (review) => review.selection.clear(),
  },
  {
    name: 'refresh',
    keys: ['r'],
    label: 'Refresh the list: newest order, without decided images',
    group: 'List',
    run: (review) => void review.take(),
  },
  {
    name: 'search',
    keys: ['/'],
    label: 'Search files and classes',
    group: 'List',
    run: (review) => review.searchField?.focus(),
  },
  { name: 'help', keys: ['?'], label: 'Show the keys', group: 'List', run: (review) => (review.help = true) },
  {
    name: 'compare',
    keys: [','],
    label: 'Compare with the nearest images, and back',
    menu: 'Compare with the nearest',
    group: 'Look closer',
    places: everywhere,
    run: (review) => review.evidence.toggle(),
  },
  {
    name: 'neighbour-previous',
    keys: ['ArrowLeft'],
    label: 'Previous image to compare with',
    group: 'Look closer',
    places: ['compare'],
    repeats: true,
    run: (review) => review.evidence.step(-1),
  },
  {
    name: 'neighbour-next',
    keys: ['ArrowRight'],
    label: 'Next image to compare with',
    group: 'Look closer',
    places: ['compare'],
    repeats: true,
    run: (review) => review.evidence.step(1),
  },
  {
    name: 'zoom-in',
    keys: ['Plus', '='],
    label: 'Zoom in',
    group: 'Look closer',
    places: pictures,
    repeats: true,
    run: (review) => review.pane.zoomBy(zoomStep),
  },
  {
    name: 'zoom-out',
    keys: ['-'],
    label: 'Zoom out',
    group: 'Look closer',
    places: pictures,
    repeats: true,
    run: (review) => review.pane.zoomBy(1 / zoomStep),
  },
  {
    name: 'zoom-actual',
    keys: ['0'],
    label: '100 %, and back to the whole image',
    group: 'Look closer',
    places: pictures,
    run: (review) => review.pane.toggleActual(),
  },
  ...(
    [
      ['Left', 1, 0],
      ['Right', -1, 0],
      ['Up', 0, 1],
      ['Down', 0, -1],
    ] as const
  ).map(([to, x, y]) => ({
    name: `pan-${to.toLowerCase()}`,
    keys: [`Shift+Arrow${to}`],
    label: `Move the enlarged image: ${to.toLowerCase()}`,
    group: 'Look closer' as const,
    places: pictures,
    repeats: true,
    run: (review: Review) => review.pane.panBy(x * panStep, y * panStep),
  })),
  {
    name: 'select-like',
    keys: ['Ctrl+Shift+A'],
    label: 'Select all like this: same label, same suggestion',
    menu: 'Select all like this',
    group: 'Select',
    run: (review) => void review.selectAllLike(),
  },
  {
    name: 'menu',
    keys: ['Shift+F10', 'ContextMenu'],
    label: 'Menu of the image',
    group: 'List',
    run: (review) => review.openMenuOfFocus(),
  },
  {
    name: 'auto-advance',
    keys: ['.'],
    label: 'Move on after a decision, or stay',
    group: 'List',
    places: listAndLoupe,
    run: (review) => review.toggleAutoAdvance(),
  },
  {
    name: 'class',
    keys: ['l'],
    label: 'Choose any class, or make a new one',
    menu: 'Another class…',
    group: 'Decide',
    places: everywhere,
    run: (review) => review.openPicker(),
  },
  {
    name: 'type',
    keys: ['a…z'],
    label: 'Type a class',
    fixed: true,
    group: 'Decide',
    hint: 'type a class',
    places: everywhere,
    run: (review, key) => review.openPicker(key),
  },
];

/** The first shortcut of the list that this key press means. */
export function findShortcut(list: readonly Shortcut[], press: KeyPress): Shortcut | undefined {
  const shortcut = list.find(({ keys }) => keys.some((key) => matches(key, press)));
  return press.repeat && !shortcut?.repeats ? undefined : shortcut;
}

export function matches(written: string, press: KeyPress): boolean {
  const parts = written.split('+');
  const name = parts.at(-1) ?? '';
  const withCtrl = parts.includes('Ctrl');
  if (press.altKey || withCtrl !== (press.ctrlKey || press.metaKey)) return false;
  if (name === '1…9') return /^[1-9]$/.test(press.key);
  if (name === 'a…z') return /^\p{L}$/u.test(press.key);
  // Caps lock must not change what a letter does, and which keys need Shift for "?" depends on the layout.
  const shiftCounts = withCtrl || name.length > 1;
  if (shiftCounts && parts.includes('Shift') !== press.shiftKey) return false;
  return nameOf(press.key).toLowerCase() === name.toLowerCase();
}

/** Keys whose name can't stand between plus signs. */
const spelt: Readonly<Record<string, string>> = { ' ': 'Space', '+': 'Plus' };
const nameOf = (key: string): string => spelt[key] ?? key;

/** How a key press is written in the list; null for one that can't be a shortcut: Shift alone, Tab, a digit. */
export function writtenKey(press: KeyPress): string | null {
  if (
    press.altKey ||
    /^(Shift|Control|Alt|AltGraph|Meta|CapsLock|Tab|Dead|Process|Unidentified|[1-9])$/.test(press.key)
  )
    return null;
  const name = nameOf(press.key);
  const ctrl = press.ctrlKey || press.metaKey;
  const letter = name.length === 1;
  const shift = press.shiftKey && (ctrl || !letter);
  return [
    ...(ctrl ? ['Ctrl'] : []),
    ...(shift ? ['Shift'] : []),
    letter && ctrl ? name.toUpperCase() : name.length === 1 ? name.toLowerCase() : name,
  ].join('+');
}

const printed: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  PageUp: 'Page ↑',
  PageDown: 'Page ↓',
  Escape: 'Esc',
  Backspace: '⌫',
  ContextMenu: 'Menu',
  Plus: '+',
  '-': '−',
};

/** A key as it is printed on a keyboard: "Ctrl Z", "K", "←". */
export function keyName(written: string): string {
  return written
    .split('+')
    .map((part) => printed[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');
}
