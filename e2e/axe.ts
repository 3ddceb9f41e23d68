// What axe finds wrong with a page.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/** A control has to be called what is written on it. A card has figures written on it, which its name says in words. */
const figuresOnCards = 'label-content-name-mismatch at #card-';

/** What is wrong and where, in one line each. */
export async function complaints(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
    )
    .filter((complaint) => !complaint.startsWith(figuresOnCards));
}
