// What changed of a project's state: events and answers tell this much, and a page makes its new state of it.
import type { Card, ClassCount, ProjectState } from './contract.ts';
import type { ImageId, ProjectId } from './domain.ts';

type Parts = Omit<ProjectState, 'id' | 'revision'>;

export interface ProjectChange {
  readonly id: ProjectId;
  /** The revision that it is a change of. It says the same of any later one before `revision`. */
  readonly from: number;
  readonly revision: number;
  /** The parts that are others now, whole; where the same classes are there still, not the classes. */
  readonly parts: Partial<Parts>;
  /** The classes whose counts or names are others now. */
  readonly classes: readonly ClassCount[];
  /** Images whose label or verdict changed: all of them, or the first of very many. */
  readonly images: readonly ImageId[];
  /** True where more images changed than are named. */
  readonly andMore: boolean;
  /** Their cards, where they are few. */
  readonly cards: readonly Card[];
}

/** The state after a change of it. */
export function applyChange(state: ProjectState, { revision, parts, classes }: ProjectChange): ProjectState {
  const changed = new Map(classes.map((one) => [one.id, one]));
  return {
    ...state,
    ...(changed.size > 0 && { classes: state.classes.map((one) => changed.get(one.id) ?? one) }),
    ...parts,
    revision,
  };
}
