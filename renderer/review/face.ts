// What a card says of its image, in words: pure, so that grid, panel and screen reader agree.
import type { Card, ClassId, Label } from '../../shared/contract.ts';

export type Opinion = 'contradicts' | 'agrees' | 'unranked';

/** What the model thinks of the label that the image has. */
export function opinion(card: Card): Opinion {
  const [best] = card.suggestions;
  if (!best) return 'unranked';
  return card.probability !== null && card.probability >= best.probability ? 'agrees' : 'contradicts';
}

/** The class that the model thinks best, the given one included. */
export function predictedClass(card: Card): ClassId | null {
  const [best] = card.suggestions;
  return (opinion(card) === 'agrees' ? card.label[0] : best?.class) ?? null;
}

/** The class that stands in bold: the one it was given by hand, else the best other class. */
export function headline(card: Card): { readonly label: Label; readonly probability: number | null } | null {
  if (card.verdict === 'relabel') return { label: card.label, probability: probabilityOf(card, card.label) };
  const [best] = card.suggestions;
  return best ? { label: [best.class], probability: best.probability } : null;
}

/** Until the new ranking has come, the probability of a class given by hand is that of the suggestion. */
function probabilityOf(card: Card, label: Label): number | null {
  const [only, ...others] = label;
  if (only === undefined || others.length > 0) return null;
  return card.suggestions.find((suggestion) => suggestion.class === only)?.probability ?? card.probability;
}

/** The tag of a decided card. */
export function tag(card: Card, name: (label: Label) => string): string | null {
  switch (card.verdict) {
    case null:
      return null;
    case 'relabel':
      return `→ ${name(card.label)}`;
    case 'keep':
      return 'kept';
    case 'exclude':
      return 'excluded';
    case 'unsure':
      return 'unsure';
  }
}
