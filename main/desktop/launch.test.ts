import { expect, test } from 'vitest';
import { obstacleOf } from './launch.ts';

test.each([
  ['linux', {}, 1000, 'There is no display.'],
  ['linux', { DISPLAY: '' }, 1000, 'There is no display.'],
  ['linux', { DISPLAY: ':0' }, 0, 'A window is not opened as root.'],
  ['linux', { DISPLAY: ':0' }, 1000, null],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, 1000, null],
  ['darwin', {}, 501, null],
  ['win32', {}, undefined, null],
] as const)('on %s with %j as user %s: %s', (platform, env, uid, obstacle) => {
  expect(obstacleOf(platform, env, uid)).toBe(obstacle);
});
