import { expect, test } from 'vitest';
import { routes } from '../shared/routes.ts';
import config from './vite.config.ts';

// The keys are regular expressions, as Vite reads those that begin with ^.
const proxied = (path: string) =>
  Object.keys(config.server?.proxy ?? {}).some((pattern) => new RegExp(pattern).test(path));

test.each(['session', ...routes])('the server for development asks the app for /%s', (route) => {
  expect(proxied(`/${route}/pets/7`)).toBe(true);
  expect(proxied(`/${route}?after=3`)).toBe(true);
});

test.each(['/', '/app.ts', '/review/Grid.svelte', '/runs/curves.ts', '/imagery.ts'])(
  'and answers for %s itself',
  (path) => expect(proxied(path)).toBe(false),
);
