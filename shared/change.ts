// What a page makes of a change that an event or an answer tells it.
import type { ProjectChange, ProjectState } from './contract.ts';

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
