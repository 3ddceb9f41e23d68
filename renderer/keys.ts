// The keys of the review as data: the key handler, the hints at the foot and the help all read this one list.
import type { Review } from './review/review.svelte.ts';

export type ShortcutGroup = 'Decide' | 'Move' | 'Select' | 'List';

export interface Shortcut {
  /** "k", "Ctrl+Shift+Z", "1…9", "a…z"; the first that matches a key press wins. */
  readonly keys: readonly string[];
  readonly label: string;
  readonly group: ShortcutGroup;
  readonly run: (review: Review, key: string) => void;
  /** Short words for the foot; left out: not shown there. */
  readonly hint?: string;
  /** Acts while the loupe covers the list. */
  readonly inLoupe?: boolean;
  /** Acts again while the key is held. Decisions do not: a key that was held too long must not decide. */
  readonly repeats?: boolean;
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

export const shortcuts: readonly Shortcut[] = [
  {
    keys: ['1…9'],
    label: 'Relabel as that suggestion',
    group: 'Decide',
    hint: 'relabel',
    inLoupe: true,
    run: (review, key) => review.takeSuggestion(Number(key) - 1),
  },
  {
    keys: ['k'],
    label: 'Keep: the label is right',
    group: 'Decide',
    hint: 'keep',
    inLoupe: true,
    run: (review) => review.decide({ verdict: 'keep' }),
  },
  {
    keys: ['x'],
    label: 'Exclude from the data set',
    group: 'Decide',
    hint: 'exclude',
    inLoupe: true,
    run: (review) => review.decide({ verdict: 'exclude' }),
  },
  {
    keys: ['u'],
    label: 'Unsure: decide later',
    group: 'Decide',
    inLoupe: true,
    run: (review) => review.decide({ verdict: 'unsure' }),
  },
  {
    keys: ['Backspace'],
    label: 'Take the verdict back: to review again, with its first label',
    group: 'Decide',
    inLoupe: true,
    run: (review) => review.decide({ verdict: 'clear' }),
  },
  {
    keys: ['Ctrl+Z'],
    label: 'Undo',
    group: 'Decide',
    hint: 'undo',
    inLoupe: true,
    repeats: true,
    run: (review) => review.undo(),
  },
  {
    keys: ['Ctrl+Shift+Z', 'Ctrl+Y'],
    label: 'Redo',
    group: 'Decide',
    inLoupe: true,
    repeats: true,
    run: (review) => review.redo(),
  },
  {
    keys: ['ArrowLeft'],
    label: 'Previous image',
    group: 'Move',
    inLoupe: true,
    repeats: true,
    run: (review) => review.moveBy(-1),
  },
  {
    keys: ['ArrowRight'],
    label: 'Next image',
    group: 'Move',
    inLoupe: true,
    repeats: true,
    run: (review) => review.moveBy(1),
  },
  {
    keys: ['ArrowUp'],
    label: 'One row up',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(-1),
  },
  {
    keys: ['ArrowDown'],
    label: 'One row down',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(1),
  },
  {
    keys: ['PageUp'],
    label: 'One page up',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(-review.grid.geometry.rowsPerPage),
  },
  {
    keys: ['PageDown'],
    label: 'One page down',
    group: 'Move',
    repeats: true,
    run: (review) => review.moveByRows(review.grid.geometry.rowsPerPage),
  },
  { keys: ['Home'], label: 'First image', group: 'Move', run: (review) => review.moveTo(0) },
  { keys: ['End'], label: 'Last image', group: 'Move', run: (review) => review.moveTo(Infinity) },
  {
    keys: ['Space', 'Enter'],
    label: 'Look closer, and back',
    group: 'Move',
    hint: 'look closer',
    inLoupe: true,
    run: (review) => (review.loupe = !review.loupe && review.focused !== null),
  },
  { keys: ['Ctrl+A'], label: 'Select all in the list', group: 'Select', run: (review) => review.selectAll() },
  {
    keys: ['Shift+ArrowLeft'],
    label: 'Select to the left',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveBy(-1, true),
  },
  {
    keys: ['Shift+ArrowRight'],
    label: 'Select to the right',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveBy(1, true),
  },
  {
    keys: ['Shift+ArrowUp'],
    label: 'Select a row up',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveByRows(-1, true),
  },
  {
    keys: ['Shift+ArrowDown'],
    label: 'Select a row down',
    group: 'Select',
    repeats: true,
    run: (review) => review.moveByRows(1, true),
  },
  { keys: ['Escape'], label: 'Select nothing', group: 'Select', run: (review) => review.selection.clear() },
  {
    keys: ['r'],
    label: 'Refresh the list: newest order, without what is decided',
    group: 'List',
    run: (review) => void review.take(),
  },
  {
    keys: ['/'],
    label: 'Search files and classes',
    group: 'List',
    run: (review) => review.searchField?.focus(),
  },
  { keys: ['?'], label: 'Show the keys', group: 'List', run: (review) => (review.help = true) },
  {
    keys: ['l'],
    label: 'Choose any class, or make a new one',
    group: 'Decide',
    inLoupe: true,
    run: (review) => review.openPicker(),
  },
  {
    keys: ['a…z'],
    label: 'Type a class; those that begin with K, X, U, R or L: press L first',
    group: 'Decide',
    hint: 'type a class',
    inLoupe: true,
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
  return (press.key === ' ' ? 'space' : press.key.toLowerCase()) === name.toLowerCase();
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
};

/** A key as it is printed on a keyboard: "Ctrl Z", "K", "←". */
export function keyName(written: string): string {
  return written
    .split('+')
    .map((part) => printed[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');
}
