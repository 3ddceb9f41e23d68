// Finds out what changed between two states of a project, so that no more than that is told.
import { isDeepStrictEqual } from 'node:util';
import type { ClassCount, ImageStanding, ProjectChange, ProjectState } from '../../shared/contract.ts';

/** Images that a change names; of more it tells that there are more. */
const imagesNamed = 500;

/** The parts of a state that are told by themselves. */
const toldApart: ReadonlySet<string> = new Set<keyof ProjectState>(['id', 'revision', 'classes']);

/** @param images those whose label or verdict changed. */
export function changeBetween(
  before: ProjectState,
  after: ProjectState,
  images: readonly ImageStanding[] = [],
): ProjectChange {
  const old = new Map(before.classes.map((one) => [one.id, one]));
  const sameSet = after.classes.length === old.size && after.classes.every(({ id }) => old.has(id));
  const parts = partsOf(after, (name) => !isDeepStrictEqual(before[name], after[name]));
  return {
    id: after.id,
    from: before.revision,
    revision: after.revision,
    parts: { ...parts, ...(!sameSet && { classes: after.classes }) },
    classes: sameSet ? after.classes.filter((one) => !isSame(one, old.get(one.id))) : [],
    images: images.slice(0, imagesNamed),
    // A class that went out of use, or came back, is a suggestion on other cards.
    andMore: images.length > imagesNamed || parts.formerClasses !== undefined,
  };
}

function partsOf(state: ProjectState, isTold: (name: keyof ProjectState) => boolean): ProjectChange['parts'] {
  const names = Object.keys(state) as (keyof ProjectState)[];
  return Object.fromEntries(
    names.filter((name) => !toldApart.has(name) && isTold(name)).map((name) => [name, state[name]]),
  );
}

const isSame = (a: ClassCount, b: ClassCount | undefined) =>
  a.name === b?.name && a.images === b.images && a.suspects === b.suspects;
