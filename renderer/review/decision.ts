// What a decision makes of a card, before the app has answered.
import type { Card, Decision } from '../../shared/contract.ts';

export function applyDecision(card: Card, decision: Decision): Card {
  switch (decision.verdict) {
    case 'relabel':
      return { ...card, label: decision.label, verdict: 'relabel' };
    case 'clear':
      return { ...card, label: card.importedLabel, verdict: null };
    default:
      return { ...card, verdict: decision.verdict };
  }
}
