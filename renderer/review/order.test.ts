import { expect, test } from 'vitest';
import { countMovedUp, mergeOrder } from './order.ts';

test('leaves what can be seen where it is and takes the new order below it', () => {
  expect(mergeOrder([1, 2, 3, 4, 5, 6], 3, [6, 5, 4, 3, 2, 1])).toEqual([1, 2, 3, 6, 5, 4]);
});

test('keeps a decided image in place although the new order has it no more', () => {
  expect(mergeOrder([1, 2, 3, 4], 2, [4, 2, 3])).toEqual([1, 2, 4, 3]);
});

test('drops images below the fold that have left the list, and adds new ones', () => {
  expect(mergeOrder([1, 2, 3, 4], 1, [9, 1, 3])).toEqual([1, 9, 3]);
});

test('takes the new order whole where nothing is shown', () => {
  expect(mergeOrder([], 0, [3, 1, 2])).toEqual([3, 1, 2]);
});

test('repeats nothing', () => {
  const merged = mergeOrder([5, 4, 3, 2, 1], 2, [1, 2, 3, 4, 5]);
  expect(new Set(merged).size).toBe(merged.length);
});

test('counts images that belong above the fold and are not there', () => {
  expect(countMovedUp([1, 2, 3, 4, 5, 6], 3, [6, 1, 5, 2, 3, 4])).toBe(2);
});

test('counts none where decided images have only left', () => {
  expect(countMovedUp([1, 2, 3, 4, 5, 6], 4, [3, 4, 5, 6])).toBe(0);
});
