import { expect, test } from 'vitest';
import { Pane, Zoom } from './zoom.svelte.ts';

function pane(picture = { width: 1000, height: 500 }, zoom = new Zoom()): Pane {
  const made = new Pane(zoom);
  made.width = 500;
  made.height = 500;
  made.picture = picture;
  return made;
}

test('a picture begins whole and in the middle', () => {
  expect(pane().frame).toEqual({ width: 500, height: 250, left: 0, top: 125 });
  expect(pane().scale).toBe(0.5);
});

test('a tiny picture is enlarged to 800 % at most', () => {
  const tiny = pane({ width: 32, height: 32 });
  expect(tiny.scale).toBe(8);
  tiny.zoomBy(10);
  expect(tiny.scale).toBe(8);
  tiny.zoomBy(0.001);
  expect(tiny.scale).toBe(1);
});

test('the point under the pointer stays there while zooming', () => {
  const large = pane();
  const at = { x: 200, y: 250 };
  large.zoomBy(4, at);
  const { left, width } = large.frame;
  expect((at.x - left) / width).toBeCloseTo(0.4);
  expect(large.scale).toBe(2);
});

test('a picture is not dragged beyond its edges', () => {
  const large = pane();
  large.zoomBy(4);
  large.panBy(10_000, 10_000);
  expect(large.frame).toMatchObject({ left: 0, top: 0 });
  large.panBy(-10_000, -10_000);
  expect(large.frame).toMatchObject({ left: 500 - 2000, top: 500 - 1000 });
});

test('one key goes to 100 % and back', () => {
  const large = pane();
  large.toggleActual();
  expect(large.scale).toBe(1);
  large.toggleActual();
  expect(large.isFit).toBe(true);
});

test('panes on one zoom show the same part of pictures of any size', () => {
  const zoom = new Zoom();
  const [one, other] = [pane({ width: 1000, height: 500 }, zoom), pane({ width: 240, height: 120 }, zoom)];
  one.zoomBy(4, { x: 100, y: 200 });
  one.panBy(-30, 10);
  for (const side of ['left', 'top', 'width', 'height'] as const)
    expect(other.frame[side]).toBeCloseTo(one.frame[side]);
});
