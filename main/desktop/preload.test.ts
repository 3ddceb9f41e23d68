import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';

/** Runs the preload as the sandbox does: a script that may require electron and little else. */
async function runPreload() {
  const exposed: Record<string, Record<string, (...args: unknown[]) => unknown>> = {};
  const invoked: unknown[][] = [];
  const electron = {
    contextBridge: {
      exposeInMainWorld: (name: string, api: (typeof exposed)[string]) => (exposed[name] = api),
    },
    ipcRenderer: { invoke: async (...args: unknown[]) => void invoked.push(args) },
    webUtils: { getPathForFile: (file: { name: string }) => `/dropped/${file.name}` },
  };
  const source = await readFile(new URL('./preload.cts', import.meta.url), 'utf8');
  const require = (name: string) => {
    if (name !== 'electron') throw new Error(`The sandbox has no module ${name}.`);
    return electron;
  };
  runInNewContext(stripTypeScriptTypes(source), { require });
  return { exposed, invoked, lines: source.split('\n').length };
}

test('exposes three functions and nothing of Electron', { tags: 'electron-20-no-raw-api' }, async () => {
  const { exposed } = await runPreload();
  expect(Object.keys(exposed)).toEqual(['toploss']);
  expect(Object.keys(exposed['toploss'] ?? {})).toEqual(['chooseDataset', 'pathOf', 'showInFolder']);
  for (const value of Object.values(exposed['toploss'] ?? {})) expect(value).toBeTypeOf('function');
});

test('passes on only the arguments that a request has', async () => {
  const { exposed, invoked } = await runPreload();
  await exposed['toploss']?.['chooseDataset']?.('folder:show', '/etc');
  await exposed['toploss']?.['showInFolder']?.('/pictures/1.jpg', 'more');
  expect(invoked).toEqual([['dataset:choose'], ['folder:show', '/pictures/1.jpg']]);
  expect(exposed['toploss']?.['pathOf']?.({ name: 'pets' })).toBe('/dropped/pets');
});

test('stays short enough to read at a glance', async () => {
  expect((await runPreload()).lines).toBeLessThan(30);
});
