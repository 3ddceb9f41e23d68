import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { fromArguments, toArguments } from './named.ts';

test.each([
  { dataset: null, projectFolder: undefined },
  { dataset: resolve('flowers'), projectFolder: undefined },
  { dataset: resolve('flowers'), projectFolder: resolve('else where/= flowers') },
])('what is named for the window is read back: %j', (named) => {
  expect(fromArguments(['--no-sandbox', ...toArguments(named)])).toEqual(named);
});
