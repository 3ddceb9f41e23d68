import { expect, test } from 'vitest';
import { suggestTarget } from './target.ts';

test('suggests a name beside the data set, never inside it', () => {
  expect(suggestTarget('/data/pets/', 'folder')).toBe('/data/pets-cleaned');
  expect(suggestTarget('/data/pets', 'csv')).toBe('/data/pets-cleaned.csv');
  expect(suggestTarget('/data/labels.csv', 'changes')).toBe('/data/labels-changes.csv');
  expect(suggestTarget('/data/pets', 'model')).toBe('/data/pets-network');
  expect(suggestTarget('C:\\data\\pets\\', 'csv')).toBe('C:\\data\\pets-cleaned.csv');
});
