// The desktop shell in the real Electron, where its binary is: elsewhere only its parts are tested, beside their code.
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, expect, test as base, type ElectronApplication } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const obstacle = obstacleToElectron();

function obstacleToElectron(): string | null {
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'));
  const record = join(folder, 'path.txt');
  if (!existsSync(record) || !existsSync(join(folder, 'dist', readFileSync(record, 'utf8')))) {
    return "Electron's binary is not installed: the desktop shell is not tested here.";
  }
  if (!existsSync(join(root, 'dist', 'main', 'desktop', 'main.js'))) {
    return 'The desktop shell is not built (npm run build): it is not tested here.';
  }
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
    return 'There is no display: the desktop shell is not tested here.';
  }
  return null;
}

const test = base.extend<{ electron: ElectronApplication }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads from the pattern which fixtures it needs: none
  electron: async ({}, use) => {
    const home = await mkdtemp(join(tmpdir(), 'toploss-desktop-'));
    const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const electron = await _electron.launch({ args: [...noSandbox, `--user-data-dir=${home}`, root] });
    await use(electron);
    await electron.close();
    await rm(home, { recursive: true, force: true });
  },
});

test.skip(obstacle !== null, obstacle ?? '');
// The reporter counts what is skipped, but does not say why.
if (obstacle !== null) console.log(obstacle);

test('opens its own page under the policy of both shells', async ({ electron }) => {
  const page = await electron.firstWindow();
  await expect(page).toHaveTitle(/Toploss/);
  expect(page.url()).toMatch(/^app:\/\/toploss\//);
  const policy = await page.evaluate(async () => (await fetch('/')).headers.get('content-security-policy'));
  expect(policy).toContain("default-src 'none'");
});

test('gives the page three functions and nothing of Node or Electron', async ({ electron }) => {
  const page = await electron.firstWindow();
  const there = await page.evaluate(() => ({
    toploss: Object.keys(Object.getOwnPropertyDescriptor(window, 'toploss')?.value ?? {}),
    leaks: ['require', 'process', 'module', 'Buffer', 'electron'].filter((name) => name in window),
  }));
  expect(there).toEqual({ toploss: ['chooseDataset', 'pathOf', 'showInFolder'], leaks: [] });
});

test('stays on its page and opens no window', async ({ electron }) => {
  const page = await electron.firstWindow();
  const opened = await page.evaluate(() => {
    location.href = 'https://evil.test/';
    return window.open('https://evil.test/') !== null;
  });
  expect(opened).toBe(false);
  expect(page.url()).toMatch(/^app:\/\/toploss\//);
  expect(electron.windows()).toHaveLength(1);
});

test('the window has the preferences that its code asks for', async ({ electron }) => {
  await electron.firstWindow();
  const preferences = await electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    // Electron has it for tests, and leaves it out of its types.
    const read: unknown = contents && Reflect.get(contents, 'getLastWebPreferences');
    return typeof read === 'function' ? (read.call(contents) as Record<string, unknown>) : null;
  });
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
  });
});

test('every permission is denied', async ({ electron }) => {
  const page = await electron.firstWindow();
  const states = await page.evaluate(() =>
    Promise.all(
      (['geolocation', 'notifications', 'camera', 'microphone'] as const).map(
        async (name) => (await navigator.permissions.query({ name })).state,
      ),
    ),
  );
  expect(states).toEqual(Array(4).fill('denied'));
});

test('its own scheme leads to its own files alone, and the file scheme nowhere', async ({ electron }) => {
  const page = await electron.firstWindow();
  const outcomes = await page.evaluate(() =>
    Promise.all(
      ['/..%2f..%2fpackage.json', '/%252e%252e/package.json', 'app://evil.test/', 'file:///etc/passwd'].map(
        (address) =>
          fetch(address).then(
            ({ ok }) => (ok ? 'read' : 'refused'),
            () => 'refused',
          ),
      ),
    ),
  );
  expect(outcomes).toEqual(Array(4).fill('refused'));
});
