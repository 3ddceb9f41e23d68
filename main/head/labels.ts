// What the head knows of each image besides its features: its classes, and whether it belongs to the data set.
import { Failure } from '../../shared/failure.ts';

export interface RowLabel {
  /** Numbers from 0, each once. Empty: no label. More than one only in a multi-label set. */
  readonly classes: readonly number[];
  /** False: excluded. The image is scored by a model that it has no part in. */
  readonly included: boolean;
}

export interface Labels {
  readonly multiLabel: boolean;
  /** How many classes there are, with or without images. */
  readonly classes: number;
  /** One for each row of the features, in their order. */
  readonly rows: readonly RowLabel[];
  /** Rows of the same content, thus of the same features, two or more each: none of them vouches for another. */
  readonly copies: readonly (readonly number[])[];
}

/** The new state of one image. */
export interface LabelChange extends RowLabel {
  readonly row: number;
}

/** The classes that the model learns from the image: none where it is excluded or has no label. */
export const fittedClasses = (label: RowLabel | undefined): readonly number[] =>
  label?.included ? label.classes : [];

export const isFitted = (label: RowLabel | undefined) => fittedClasses(label).length > 0;

/** Throws where the labels contradict themselves, or where there are no two classes to tell apart. */
export function checkLabels({ multiLabel, classes, rows }: Omit<Labels, 'copies'>): void {
  const seen = new Set<number>();
  for (const [row, label] of rows.entries()) {
    if (!multiLabel && label.classes.length > 1)
      throw new RangeError(`row ${row} has ${label.classes.length} classes in a set with one class an image`);
    for (const k of label.classes)
      if (!Number.isInteger(k) || k < 0 || k >= classes)
        throw new RangeError(`row ${row} has class ${k}, and there are ${classes}`);
    for (const k of fittedClasses(label)) seen.add(k);
  }
  if (seen.size < 2)
    throw new Failure(
      'empty',
      `A ranking needs labelled images of at least two classes, and there ${seen.size === 1 ? 'is only one class' : 'are none'}. ` +
        'Your labels are safe: label some images, then train again.',
    );
}
