import { expect, test } from 'vitest';
import { GridGeometry, longestScroll } from './geometry.ts';

const shape = { count: 23, width: 800, height: 500, cell: 150, gap: 10, caption: 50 };

test('fills the row with as many cards as fit at the wished width', () => {
  const geometry = new GridGeometry(shape);
  expect(geometry.columns).toBe(5);
  expect(geometry.cellWidth).toBe(152);
  expect(geometry.rows).toBe(5);
  expect(geometry.rowHeight).toBe(122 + 50 + 10);
  expect(geometry.scrollHeight).toBe(5 * 182);
});

test('keeps one column where even one card is wider than the window', () => {
  const geometry = new GridGeometry({ ...shape, width: 90 });
  expect(geometry.columns).toBe(1);
  expect(geometry.cellWidth).toBe(90);
});

test('has no rows without images, and none in view', () => {
  const geometry = new GridGeometry({ ...shape, count: 0 });
  expect(geometry.scrollHeight).toBe(0);
  expect(geometry.places(geometry.rowsInView(0))).toEqual({ first: 0, end: 0 });
});

test('counts rows that can be seen in part, and stops at the last image', () => {
  const geometry = new GridGeometry(shape);
  expect(geometry.rowsInView(0)).toEqual({ first: 0, end: 3 });
  expect(geometry.rowsInView(181)).toEqual({ first: 0, end: 4 });
  expect(geometry.rowsInView(182)).toEqual({ first: 1, end: 4 });
  expect(geometry.rowsInView(182, 1)).toEqual({ first: 0, end: 5 });
  expect(geometry.places({ first: 3, end: 5 })).toEqual({ first: 15, end: 23 });
});

test('scrolls no further than needed to show a place whole', () => {
  const geometry = new GridGeometry(shape);
  expect(geometry.scrollTopToShow(6, 100)).toBe(100);
  expect(geometry.scrollTopToShow(0, 100)).toBe(0);
  expect(geometry.scrollTopToShow(22, 0)).toBe(5 * 182 - 500);
  expect(geometry.scrollTopToShow(7, 300)).toBe(182);
});

test('shows the top of a row that is higher than the window', () => {
  const geometry = new GridGeometry({ ...shape, height: 100 });
  expect(geometry.scrollTopToShow(5, 0)).toBe(182);
});

test('moves by at least one row with the page keys', () => {
  expect(new GridGeometry(shape).rowsPerPage).toBe(2);
  expect(new GridGeometry({ ...shape, height: 100 }).rowsPerPage).toBe(1);
});

test('stays within the scroll height of browsers with a million images, and reaches the first and the last', () => {
  const geometry = new GridGeometry({ ...shape, count: 1_000_000 });
  expect(geometry.scrollHeight).toBe(longestScroll);
  const bottom = longestScroll - shape.height;
  expect(geometry.rowsInView(0).first).toBe(0);
  expect(geometry.rowsInView(bottom).end).toBe(200_000);
  expect(geometry.rowTop(0, 0)).toBe(0);
  expect(geometry.rowTop(199_999, bottom) + geometry.rowHeight).toBeCloseTo(longestScroll, 3);
});

test('shows any place whole where scroll space is compressed', () => {
  const geometry = new GridGeometry({ ...shape, count: 1_000_000 });
  for (const place of [0, 4, 123_456, 500_001, 999_999]) {
    for (const from of [0, 4_000_000, longestScroll - shape.height]) {
      const scrollTop = geometry.scrollTopToShow(place, from);
      const top = geometry.rowTop(Math.floor(place / geometry.columns), scrollTop) - scrollTop;
      // One pixel of the scroll bar stands for several of content there.
      expect(top).toBeGreaterThan(-6);
      expect(top + geometry.rowHeight).toBeLessThan(shape.height + 6);
    }
  }
});

test('rows in view never have the elements of one another, wherever the list is scrolled to', () => {
  for (const count of [3, 100, 1_000_000]) {
    const geometry = new GridGeometry({ ...shape, count });
    const elements = geometry.rowsAtOnce(1);
    for (let scrollTop = 0; scrollTop < geometry.scrollHeight; scrollTop += geometry.scrollHeight / 997) {
      const { first, end } = geometry.rowsInView(scrollTop, 1);
      expect(end - first).toBeLessThanOrEqual(elements);
    }
  }
});
