// What a data set says of one image.

export interface Labelled {
  /** Class names. Empty: no label. More than one: multi-label. */
  readonly label: readonly string[];
  readonly split: string | null;
}
