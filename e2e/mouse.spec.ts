// The whole review with the mouse alone.
import {
  amount,
  cardOf,
  cards,
  decision,
  expect,
  filter,
  filters,
  focused,
  listed,
  listIsReady,
  storedVerdicts,
  test,
  words,
} from './app.ts';

test('a click on a suggestion relabels the image that was clicked', async ({ review: page, dataset }) => {
  const image = await words(cards(page).nth(3));
  await cards(page).nth(3).click();
  await expect(decision(page)).toContainText(`Labelled ${image.label}`);
  await decision(page)
    .getByRole('button', { name: `1 ${image.looksLike}` })
    .click();
  await expect(cardOf(page, image.path)).toContainText(`→ ${image.looksLike}`);
  await expect(filter(page, 'Relabelled')).toContainText('1');
  await expect
    .poll(() => storedVerdicts(dataset))
    .toEqual([{ path: image.path, label: image.looksLike, verdict: 'relabel' }]);
});

test('the buttons keep, exclude and mark as unsure, each image in turn', async ({
  review: page,
  dataset,
}) => {
  const [first, second, third] = await listed(page);
  for (const name of ['Keep', 'Exclude', 'Unsure'])
    await decision(page).getByRole('button', { name }).click();
  await expect(filter(page, 'Unsure')).toContainText('1');
  await expect
    .poll(() => new Map(storedVerdicts(dataset).map(({ path, verdict }) => [path, verdict])))
    .toEqual(
      new Map([
        [first?.path, 'keep'],
        [second?.path, 'exclude'],
        [third?.path, 'unsure'],
      ]),
    );
});

test('the buttons of the bar undo and redo, and say what', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await decision(page).getByRole('button', { name: 'Exclude' }).click();
  await expect(cardOf(page, path)).toContainText('excluded');
  await page.getByRole('button', { name: `Undo: exclude ${path}` }).click();
  await expect(cardOf(page, path)).not.toContainText('excluded');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
  await page.getByRole('button', { name: `Redo: exclude ${path}` }).click();
  await expect(cardOf(page, path)).toContainText('excluded');
  await expect.poll(() => storedVerdicts(dataset)).toHaveLength(1);
});

test('a verdict is taken back on the card that has it', async ({ review: page, dataset }) => {
  const { path } = await words(focused(page));
  await decision(page).getByRole('button', { name: 'Keep' }).click();
  await cardOf(page, path).click();
  await decision(page).getByRole('button', { name: 'Take the verdict back' }).click();
  await expect(cardOf(page, path)).not.toContainText('kept');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
});

test('the filters show a class, several, and a pair that is often confused', async ({ review: page }) => {
  await filter(page, 'house').click();
  await expect(amount(page)).toHaveText('20 images listed');
  await listIsReady(page);
  expect(new Set((await listed(page)).map(({ label }) => label))).toEqual(new Set(['house']));

  await filter(page, 'tree').click({ modifiers: ['Control'] });
  await expect(amount(page)).toHaveText('40 images listed');
  await page.getByTitle('Show all classes').click();
  await expect(amount(page)).toHaveText('120 images listed');

  const pair = filters(page).getByRole('button', { name: '→' }).first();
  const [, given, predicted, images] = (await pair.innerText()).match(/^(\w+) → (\w+)\s+(\d+)$/) ?? [];
  await pair.click();
  await expect(amount(page)).toHaveText(new RegExp(`^${images} images? listed`));
  await listIsReady(page);
  for (const { label, looksLike } of await listed(page))
    expect([label, looksLike]).toEqual([given, predicted]);
});

test('the filters show the images by verdict', async ({ review: page }) => {
  const { path } = await words(focused(page));
  await decision(page).getByRole('button', { name: 'Keep' }).click();
  await filter(page, 'Kept').click();
  await expect(amount(page)).toHaveText('1 image listed');
  await expect(cardOf(page, path)).toContainText('kept');
  await filter(page, 'To review').click();
  await expect(amount(page)).toHaveText('119 images listed');
  await filter(page, 'Excluded').click();
  await expect(page.getByText('Nothing matches the search and the filters.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all that still need review' }).click();
  await expect(amount(page)).toHaveText('119 images listed');
});

test('the list is sorted by loss, class and file, and searched', async ({ review: page }) => {
  const order = page.getByRole('combobox', { name: 'Order' });
  const losses = (await listed(page)).map(({ loss }) => loss);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));

  await order.selectOption('file');
  await expect(page.getByRole('heading', { name: 'By file' })).toBeVisible();
  await expect(cards(page).first()).toHaveAccessibleName(/^balloon\/001\.jpg,/);
  const paths = (await listed(page)).map(({ path }) => path);
  expect(paths).toEqual(paths.toSorted());

  await order.selectOption('class');
  await expect(page.getByRole('heading', { name: 'By class' })).toBeVisible();
  await page.getByRole('searchbox', { name: 'Search files and classes' }).fill('TREE/01');
  await expect(amount(page)).toHaveText('10 images listed');
  await listIsReady(page);
  for (const { path } of await listed(page)) expect(path).toMatch(/^tree\/01/);
});

test('Ctrl-click and Shift-click select what a button then acts on, as one step', async ({
  review: page,
  dataset,
}) => {
  const paths = (await listed(page)).map(({ path }) => path);
  await cards(page).nth(1).click();
  await cards(page)
    .nth(3)
    .click({ modifiers: ['Shift'] });
  await cards(page)
    .nth(5)
    .click({ modifiers: ['Control'] });
  await cards(page)
    .nth(2)
    .click({ modifiers: ['Control'] });
  await expect(page.getByText('3 selected')).toBeVisible();
  const selected = [1, 3, 5].map((place) => paths[place] ?? '');
  await decision(page).getByRole('button', { name: 'Exclude' }).click();
  await expect(filter(page, 'Excluded')).toContainText('3');
  await expect.poll(() => storedVerdicts(dataset).map(({ path }) => path)).toEqual(selected.toSorted());
  await page.getByRole('button', { name: 'Undo: exclude 3 images' }).click();
  await expect(filter(page, 'Excluded')).toContainText('0');
  await expect.poll(() => storedVerdicts(dataset)).toEqual([]);
});

test('a double click looks closer, with the same buttons', async ({ review: page, dataset }) => {
  const [first, second] = await listed(page);
  await cards(page).first().dblclick();
  const loupe = page.getByRole('dialog', { name: 'Loupe' });
  await expect(loupe.getByRole('img', { name: first?.path ?? '' })).toBeVisible();
  await loupe.getByRole('button', { name: 'Next image' }).click();
  await expect(loupe.getByRole('img', { name: second?.path ?? '' })).toBeVisible();
  await loupe.getByRole('button', { name: 'Previous image' }).click();
  await loupe.getByRole('button', { name: 'Keep' }).click();
  await expect(loupe.getByRole('img', { name: second?.path ?? '' })).toBeVisible();
  await loupe.getByRole('button', { name: 'Close' }).click();
  await expect(loupe).toBeHidden();
  await expect.poll(() => storedVerdicts(dataset).map(({ path }) => path)).toEqual([first?.path]);
});
