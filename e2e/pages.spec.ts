// Several pages on one project, and a page that outlives its app.
import { cardOf, cards, expect, filter, focused, listIsReady, test, words } from './app.ts';

test(
  'a verdict of one page appears in another, and is undone from there',
  { tag: '@two-tabs' },
  async ({ page, context, serve, dataset }) => {
    const { url, origin } = await serve(dataset);
    await page.goto(url);
    await listIsReady(page);
    const other = await context.newPage();
    await other.goto(origin);
    await listIsReady(other);

    const { path } = await words(focused(page));
    await page.keyboard.press('k');
    await expect(filter(other, 'Kept')).toHaveText('Kept 1');
    await expect(cardOf(other, path)).toContainText('kept');

    await other.getByRole('button', { name: `Undo: keep ${path}` }).click();
    await expect(filter(page, 'Kept')).toHaveText('Kept 0');
    await expect(cardOf(page, path)).not.toContainText('kept');
  },
);

test('a relabel of one page re-ranks the list of another', async ({ page, context, serve, dataset }) => {
  const { url, origin } = await serve(dataset);
  await page.goto(url);
  await listIsReady(page);
  const other = await context.newPage();
  await other.goto(origin);
  await listIsReady(other);

  const { path, looksLike } = await words(focused(page));
  const reranked = other.waitForResponse('**/call/queue.order');
  await page.keyboard.press('1');
  await reranked;
  await expect(cardOf(other, path)).toContainText(`→ ${looksLike}`);
});

test('a class that is renamed on one page has its new name on another, until it is undone there', async ({
  page,
  context,
  serve,
  dataset,
}) => {
  const { url, origin } = await serve(dataset);
  await page.goto(url);
  await listIsReady(page);
  const other = await context.newPage();
  await other.goto(origin);
  await listIsReady(other);

  await page.getByRole('button', { name: 'Change the class boat' }).click();
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await page.getByRole('textbox', { name: 'New name' }).fill('ship');
  await page.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await expect(filter(other, 'ship')).toContainText('of 20');
  await expect(filter(other, 'boat')).toBeHidden();
  await expect(cards(other).filter({ hasText: 'boat' })).toHaveCount(0);

  await other.getByRole('button', { name: /^Undo: / }).click();
  await expect(filter(page, 'boat')).toContainText('of 20');
  await expect(cards(page).filter({ hasText: 'ship' })).toHaveCount(0);
});

test('a reload comes back to the project that was open', { tag: '@two-tabs' }, async ({ review: page }) => {
  await page.reload();
  await listIsReady(page);
  await expect(page).toHaveTitle('landscapes – Toploss');
});

test('the page says that the app is gone', async ({ page, serve, dataset }) => {
  const server = await serve(dataset);
  await page.goto(server.url);
  await listIsReady(page);
  await server.stop();
  const banners = page.locator('.banner[role=alert]');
  await expect(banners).toContainText(['The connection to Toploss is lost. Saved verdicts are safe']);
  await page.keyboard.press('k');
  await expect(banners.filter({ hasText: 'Toploss does not answer.' })).toBeVisible();
  await expect(focused(page)).not.toContainText('kept');
});
