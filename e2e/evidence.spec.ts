// What the image in focus is compared with: the nearest images of its label and of the suggested class.
import type { Locator, Page, Route } from '@playwright/test';
import { decision, expect, focused, storedVerdicts, test, words } from './app.ts';

const evidence = (page: Page): Locator => decision(page).getByRole('region', { name: 'Evidence' });
const compare = (page: Page): Locator => page.getByRole('dialog', { name: 'Compare' });
const widths = async (page: Page): Promise<(number | undefined)[]> =>
  Promise.all(
    (await compare(page).locator('.pane img[alt]:not([alt=""])').all()).map(
      async (picture) => (await picture.boundingBox())?.width,
    ),
  );

test('the nearest images of the label and of the suggestion stand below the decision', async ({
  review: page,
}) => {
  const { label, looksLike } = await words(focused(page));
  await expect(evidence(page)).toContainText(`Nearest labelled ${label}`);
  await expect(evidence(page)).toContainText(`Nearest labelled ${looksLike}`);
  const near = evidence(page).getByRole('button', { name: `labelled ${looksLike}` });
  await expect(near.first()).toBeVisible();
  expect(await near.count()).toBeLessThanOrEqual(4);
});

test('moving fast asks for the evidence only where the focus rests', async ({ review: page }) => {
  await expect(evidence(page).getByRole('button').first()).toBeVisible();
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('/call/image.evidence')) asked.push(request.postData() ?? '');
  });
  for (let press = 0; press < 8; press += 1) await page.keyboard.press('ArrowRight');
  const id = Number((await focused(page).getAttribute('id'))?.replace('card-', ''));
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  expect(asked.map((body) => JSON.parse(body)[1]).at(-1)).toBe(id);
  expect(asked.length).toBeLessThan(8);
});

test('a click opens both side by side, and they zoom and move as one', async ({ review: page }) => {
  const { path } = await words(focused(page));
  await evidence(page).getByRole('button').first().click();
  await expect(compare(page).getByRole('img', { name: path })).toBeVisible();
  await page.mouse.move(300, 300);
  await page.mouse.wheel(0, -400);
  await expect(async () => {
    const [one, other] = await widths(page);
    expect(one).toBeGreaterThan(700);
    expect(other).toBeCloseTo(one ?? 0, 0);
  }).toPass();
});

test('keys open the comparison, go through the nearest, decide and close it', async ({
  review: page,
  dataset,
}) => {
  const { path } = await words(focused(page));
  await expect(evidence(page).getByRole('button').first()).toBeVisible();
  await page.keyboard.press(',');
  const pressed = compare(page).getByRole('button', { pressed: true });
  const first = await pressed.getAttribute('title');
  await page.keyboard.press('ArrowRight');
  await expect(pressed).not.toHaveAttribute('title', first ?? '');
  await page.keyboard.press('+');
  await page.keyboard.press('Escape');
  await expect(compare(page)).toBeHidden();
  await page.keyboard.press(',');
  await page.keyboard.press('k');
  await expect(compare(page)).toBeHidden();
  await expect.poll(() => storedVerdicts(dataset)).toMatchObject([{ path, verdict: 'keep' }]);
});

test('a picture that comes when the comparison was closed again is no trouble', async ({ review: page }) => {
  const late: Route[] = [];
  await expect(evidence(page).getByRole('button').first()).toBeVisible();
  await page.route('**/image/**', (route) => void late.push(route));
  await page.keyboard.press(',');
  await expect.poll(() => late.length).toBe(2);
  await page.keyboard.press('Escape');
  await expect(compare(page)).toBeHidden();
  const come = Promise.all(late.map((route) => route.request().response()));
  for (const route of late) await route.continue();
  for (const response of await come) await response?.finished();
  // What goes wrong in the page fails the test.
  await page.evaluate(() => new Promise((painted) => requestAnimationFrame(painted)));
});
