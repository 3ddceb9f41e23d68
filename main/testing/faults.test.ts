// Every fault has tests that run, and docs/faults.md says which.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { faultList } from './faultList.ts';
import { faultTests, faultTestsIn } from './faultTests.ts';
import { faults } from './faults.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tests = faultTests(root);

test('every fault has a test, or says why there is none', () => {
  const tagged = new Set(tests.flatMap(({ tags }) => tags));
  const shown = faults.filter(({ notShown }) => notShown === undefined).map(({ tag }) => tag);
  expect([...tagged].toSorted()).toEqual(shown.toSorted());
});

test('no test of a fault is kept from running without a reason', () => {
  expect(tests.filter(({ problems }) => problems.length > 0)).toEqual([]);
});

test('docs/faults.md is what `npm run faults` writes', async () => {
  expect(readFileSync(join(root, 'docs/faults.md'), 'utf8')).toBe(await faultList(tests));
});

const found = (text: string) => faultTestsIn('a.test.ts', text);

test('a test is found with the titles around it and all its tags', () => {
  expect(
    found(`describe('a store', () => {
      describe.each(kinds)('%s', () => {
        test(\`of \${size} images\`, { timeout: 1, tags: ['full-disk', 'backups'] }, async () => {});
        test('has no tag', () => {});
      });
    });
    test('of Playwright', { tag: '@svg' }, async ({ page }) => {});`),
  ).toEqual([
    {
      file: 'a.test.ts',
      title: 'a store › %s › of … images',
      tags: ['full-disk', 'backups'],
      skipped: [],
      problems: [],
    },
    { file: 'a.test.ts', title: 'of Playwright', tags: ['svg'], skipped: [], problems: [] },
  ]);
});

test('a test that is skipped says where', () => {
  const [one] = found(`test('a', { tags: 'svg' }, ({ skip }) => { skip(isRoot, 'the user is root'); });`);
  expect(one).toMatchObject({ skipped: ['the user is root'], problems: [] });
});

test.each([
  ['test.skip', `test.skip('a', { tags: 'svg' }, () => {});`],
  ['test.skipIf', `test.skipIf(isRoot)('a', { tags: 'svg' }, () => {});`],
  ['test.todo', `test.todo('a', { tags: 'svg' }, () => {});`],
  ['a skipped suite', `describe.skip('a', () => { test('b', { tags: 'svg' }, () => {}); });`],
  ['an option', `test('a', { tags: 'svg', skip: true }, () => {});`],
  ['skip() without a reason', `test('a', { tags: 'svg' }, (context) => { context.skip(isRoot); });`],
  ['a file of Playwright', `test.skip(isRoot); test('a', { tag: '@svg' }, () => {});`],
])('%s is no test of a fault', (_, text) => {
  expect(found(text)[0]?.problems).toHaveLength(1);
});
