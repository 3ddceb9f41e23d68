// What a decision makes of a card, before the app has answered.
import type { Card, Decision } from '../../shared/contract.ts';
import { labelAfter } from '../../shared/label.ts';

export function applyDecision(card: Card, decision: Decision): Card {
  switch (decision.verdict) {
    case 'relabel':
    case 'add':
    case 'remove':
      return { ...card, label: labelAfter(card.label, decision), verdict: 'relabel' };
    case 'clear':
      return { ...card, label: card.importedLabel, verdict: null };
    default:
      return { ...card, verdict: decision.verdict };
  }
}
