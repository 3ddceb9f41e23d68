// Nothing that is written in TypeScript escapes the checks of types.
import { globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The files that a configuration names itself. */
function filesOf(project: string): string[] {
  const file = join(root, project);
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file));
  return fileNames.map((name) => relative(root, name));
}

test('every file belongs to a project that `npm run types` checks', () => {
  const projects = [...manifest.scripts['types:node'].matchAll(/tsc -p (\w+)/g)].map(([, name]) => name);
  const checked = new Set([...projects, 'renderer'].flatMap((name) => filesOf(`${name}/tsconfig.json`)));
  const written = globSync('{shared,main,renderer,bench,e2e}/**/*.{ts,cts,mts}', { cwd: root });
  expect(written.filter((file) => !checked.has(file))).toEqual([]);
  expect(written.length).toBeGreaterThan(300);
});
