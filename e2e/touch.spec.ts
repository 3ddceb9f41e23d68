// The review with a finger alone.
import { cardOf, cards, decision, expect, filter, listed, storedVerdicts, test } from './app.ts';

test.use({ hasTouch: true });

test('with a finger: the loupe, next and previous, a label, an exclusion and its undo, and a selection', async ({
  review: page,
  dataset,
}) => {
  const [first, second, third, , fifth] = await listed(page);
  await cards(page).first().tap();
  await decision(page).getByRole('button', { name: 'Look closer at' }).tap();
  const loupe = page.getByRole('dialog', { name: 'Loupe' });
  const shows = (path = '') => expect(loupe.getByRole('img', { name: path })).toBeVisible();
  await shows(first?.path);
  await loupe.getByRole('button', { name: 'Next image' }).tap();
  await shows(second?.path);
  await loupe.getByRole('button', { name: 'Previous image' }).tap();
  await shows(first?.path);
  await loupe.getByRole('button', { name: `1 ${first?.looksLike}` }).tap();
  await shows(second?.path);
  await loupe.getByRole('button', { name: 'Exclude' }).tap();
  await shows(third?.path);
  await expect
    .poll(() =>
      storedVerdicts(dataset)
        .map(({ path, verdict }) => [path, verdict])
        .toSorted(),
    )
    .toEqual(
      [
        [first?.path, 'relabel'],
        [second?.path, 'exclude'],
      ].toSorted(),
    );
  await loupe.getByRole('button', { name: `Undo: exclude ${second?.path}` }).tap();
  await expect.poll(() => storedVerdicts(dataset).map(({ path }) => path)).toEqual([first?.path]);
  await loupe.getByRole('button', { name: 'Close' }).tap();

  // A long press begins a selection, and taps go on with it.
  const box = await cardOf(page, third?.path ?? '').boundingBox();
  if (!box) throw new Error('The third card is not there.');
  const finger = await page.context().newCDPSession(page);
  const at = [{ x: box.x + 30, y: box.y + 30 }];
  await finger.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at });
  await expect(page.getByText('1 selected')).toBeVisible();
  await finger.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  await cardOf(page, fifth?.path ?? '').tap();
  await expect(page.getByText('2 selected')).toBeVisible();
  await decision(page).getByRole('button', { name: 'Unsure' }).tap();
  await expect(filter(page, 'Unsure')).toContainText('2');
});
