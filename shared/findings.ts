// What a check has to say of images. A verdict settles a finding; the findings themselves are derived, and never stored.

/** Each is one check, in main/checks/. */
export const findingKinds = ['label-error', 'exact-copy', 'odd-size'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** Columns: a row is one image that the check found, worst first; the images of a group stand together. */
export interface Findings {
  readonly kind: FindingKind;
  /** Ids. */
  readonly images: Int32Array;
  /** How much it speaks against the image, in the unit of the check; higher is worse. */
  readonly score: Float32Array;
  /** Images that were found together have the same number, from 0; -1: the image alone. */
  readonly group: Int32Array;
  /** For people, a few words a row: "same bytes as 2 others, labelled rose". */
  readonly evidence: readonly string[];
}

/** How many images a check found. */
export interface FindingCount {
  readonly kind: FindingKind;
  readonly images: number;
}
