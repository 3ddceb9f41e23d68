// Changes of classes: which images a change is about, what label they get, and the sentence that says so.
import type { ClassChange } from '../../shared/contract.ts';
import type { ClassId, ClassInfo, ImageId, Label, Verdict } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { sameLabel } from '../../shared/label.ts';

export interface Labelled {
  readonly id: ImageId;
  readonly label: Label;
  /** The label without any verdict. */
  readonly base: Label;
  readonly verdict: Verdict | null;
}

/** A change with its classes found; `into`: null for a class that is to be made. */
export interface ResolvedChange {
  readonly kind: ClassChange['kind'];
  /** Null for a split. */
  readonly from: ClassInfo | null;
  /** The name of the class that the images get; null: none. */
  readonly to: string | null;
  /** That class where there is one of this name already. */
  readonly into: ClassInfo | null;
}

/** @throws Failure `not-found` for a class that is not there, `bad-request` for a merge of a class with itself. */
export function resolveChange(change: ClassChange, classes: readonly ClassInfo[]): ResolvedChange {
  const find = (id: ClassId): ClassInfo => {
    const found = classes.find((candidate) => candidate.id === id);
    if (found) return found;
    throw new Failure('not-found', `There is no class ${id} in this project. Nothing was changed.`);
  };
  const named = (name: string) => classes.find((candidate) => candidate.name === name) ?? null;
  const { kind } = change;
  switch (kind) {
    case 'rename':
      return { kind, from: find(change.class), to: change.name, into: named(change.name) };
    case 'merge': {
      const [from, into] = [find(change.class), find(change.into)];
      if (from === into) {
        throw new Failure('bad-request', `${from.name} can't be merged with itself. Nothing was changed.`);
      }
      return { kind, from, to: into.name, into };
    }
    case 'delete':
      return { kind, from: find(change.class), to: null, into: null };
    case 'split':
      return { kind, from: null, to: change.name, into: named(change.name) };
  }
}

/** The new label and base of each image whose label or base changes. `target`: the class that it gets. */
export function relabelled<T extends Labelled>(
  { kind, from }: ResolvedChange,
  target: ClassId | null,
  items: Iterable<T>,
): { readonly item: T; readonly label: Label; readonly base: Label }[] {
  const given = target === null ? [] : [target];
  const changes: { item: T; label: Label; base: Label }[] = [];
  for (const item of items) {
    // A label that a person gave stands for itself: a split moves the base only where it is the label.
    const [label, base] =
      kind === 'split'
        ? [given, sameLabel(item.label, item.base) ? given : item.base]
        : [replaced(item.label, from?.id, given), replaced(item.base, from?.id, given)];
    if (!sameLabel(label, item.label) || !sameLabel(base, item.base)) changes.push({ item, label, base });
  }
  return changes;
}

function replaced(label: Label, from: ClassId | undefined, given: Label): Label {
  if (from === undefined || !label.includes(from)) return label;
  return [...new Set([...label.filter((id) => id !== from), ...given])].toSorted((a, b) => a - b);
}

/** For the log and the undo button: "rename class rose to roses". */
export function describeChange({ kind, from, to, into }: ResolvedChange, images: number): string {
  const count = counted(images);
  switch (kind) {
    case 'rename':
    case 'merge':
      return into ? `merge class ${from?.name} into ${to}` : `rename class ${from?.name} to ${to}`;
    case 'delete':
      return `delete class ${from?.name}`;
    case 'split':
      return `split ${count} off as ${to}`;
  }
}

/** For the preview. */
export function foretellChange(
  { kind, from, to, into }: ResolvedChange,
  { images, excluded, unlabelled }: { images: number; excluded: number; unlabelled: number },
): string {
  const count = counted(images);
  const including = excluded === 0 ? '' : `, ${excluded.toLocaleString('en')} of them excluded`;
  const undo = 'One undo takes it back.';
  switch (kind) {
    case 'rename':
    case 'merge':
      if (!into) return `${count} of ${from?.name} get the label ${to}${including}. ${undo}`;
      return kind === 'rename'
        ? `There is a class ${to} already: ${count} of ${from?.name} are merged into it${including}. ${undo}`
        : `${count} of ${from?.name} become ${to}${including}. ${undo}`;
    case 'delete':
      return `${count} lose the label ${from?.name}${including}; ${unlabelled.toLocaleString('en')} are left without a label. ${undo}`;
    case 'split':
      return `${count} get the label ${to}, ${into ? 'which is there already' : 'a new class'}, in place of their own${including}. ${undo}`;
  }
}

const counted = (images: number) => `${images.toLocaleString('en')} ${images === 1 ? 'image' : 'images'}`;
