// What can be done to a class as a whole, before its name or its target is chosen.
import type { ClassId, ImageId } from '../../shared/contract.ts';

export type ClassWork =
  | { readonly kind: 'rename'; readonly class: ClassId }
  | { readonly kind: 'merge'; readonly class: ClassId }
  | { readonly kind: 'delete'; readonly class: ClassId }
  | { readonly kind: 'split'; readonly images: readonly ImageId[] };
