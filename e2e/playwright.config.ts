import { defineConfig } from '@playwright/test';

// `npm test` looks for a browser and names it here; without a name it is Playwright's own.
const executablePath = process.env['TOPLOSS_CHROMIUM'];
// Chromium's sandbox does not work for root, as which build containers often run.
const noSandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
// No name leads anywhere: a page that asks for more than this machine fails its test. Compositing on the
// CPU at once is faster than a graphics card that the CPU plays.
const args = [...noSandbox, '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'];

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  reporter: 'list',
  // Each file has an app of its own; more than two workers get in the way of the keys that are typed at a pace.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  // Longer than anything takes, also where other work has the processor.
  expect: { timeout: 15_000 },
  use: {
    browserName: 'chromium',
    // Without pictures and copies of the page, which take as much of the processor as the tests.
    trace: { mode: 'retain-on-failure', screenshots: false, snapshots: false },
    launchOptions: executablePath === undefined ? { args } : { args, executablePath },
  },
});
