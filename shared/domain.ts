// The words of Toploss as types. Everything here is plain data that crosses between main and page.

declare const brand: unique symbol;

/** Row id of an image within one project. */
export type ImageId = number & { readonly [brand]: 'image' };
/** Row id of a class within one project. */
export type ClassId = number & { readonly [brand]: 'class' };
/** Row id of a training run within one project. */
export type RunId = number & { readonly [brand]: 'run' };
/** Opaque id of a project: the same data set and project folder give the same id. */
export type ProjectId = string & { readonly [brand]: 'project' };

/**
 * What a person said of an image. `keep`: the label was confirmed, the image does not come back;
 * `exclude`: out of the data set, recoverable; `unsure`: looked at, not decided.
 */
export type Verdict = 'relabel' | 'keep' | 'exclude' | 'unsure';

/** The label of an image: its classes in ascending order. Empty: no label. More than one: multi-label. */
export type Label = readonly ClassId[];

/**
 * What a key press asks for. `add` and `remove` relabel where an image may carry several classes, and leave the others;
 * `clear` takes the verdict back and restores the label that the data set came with.
 */
export type Decision =
  | { readonly verdict: 'relabel'; readonly label: Label }
  | { readonly verdict: 'add' | 'remove'; readonly class: ClassId }
  | { readonly verdict: 'keep' | 'exclude' | 'unsure' | 'clear' };

export interface ClassInfo {
  readonly id: ClassId;
  readonly name: string;
}

/** A class that the model would rather give, with its out-of-sample probability in [0, 1]. */
export interface Suggestion {
  readonly class: ClassId;
  readonly probability: number;
}
