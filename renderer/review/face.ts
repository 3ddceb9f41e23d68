// What a card says of its image, in words: pure, so that grid, panel and screen reader agree.
import type { Card, Label, Suggestion } from '../../shared/contract.ts';

export type Opinion = 'contradicts' | 'agrees' | 'unranked';

/** What the model thinks of the label that the image has. */
export function opinion(card: Card): Opinion {
  const [best] = card.suggestions;
  if (!best) return 'unranked';
  return card.probability !== null && card.probability >= best.probability ? 'agrees' : 'contradicts';
}

/** The class that stands in bold: the one it was given by hand, else the best other class. */
export function headline(card: Card): { readonly label: Label; readonly probability: number | null } | null {
  if (card.verdict === 'relabel') return { label: card.label, probability: probabilityOf(card, card.label) };
  const [best] = card.suggestions;
  return best ? { label: [best.class], probability: best.probability } : null;
}

function probabilityOf(card: Card, label: Label): number | null {
  const suggestion: Suggestion | undefined = card.suggestions.find(
    ({ class: id }) => label.length === 1 && label[0] === id,
  );
  return suggestion ? suggestion.probability : card.probability;
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
