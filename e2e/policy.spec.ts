// Every test fails over a page that violates its policy, or a page or app that asks another machine: here is shown that it
// would. The walk through all views is in accessibility.spec.ts.
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { environment, expect, outgoing, test, violationsOf } from './app.ts';

test(
  'a page that did violate the policy would be noticed',
  { tag: '@policy' },
  async ({ browser, context, page, serve }) => {
    const { url, origin } = await serve();
    await page.goto(url);
    // A browser of its own, that was let in as well: what it complains of is not held against the app.
    const other = await browser.newContext({ storageState: await context.storageState() });
    const violations = await violationsOf(other);
    const victim = await other.newPage();
    await victim.goto(origin);
    await victim.evaluate(() => {
      document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:1/beyond.png' }));
      document.body.append(Object.assign(document.createElement('script'), { text: 'window.ran = true' }));
      document.body.insertAdjacentHTML('beforeend', '<p style="color: red" onclick="alert(1)">');
      const form = document.createElement('form');
      form.action = 'http://127.0.0.1:1/';
      document.body.append(form);
      form.submit();
    });
    await expect
      .poll(() => violations.map((violation) => violation.split(' ')[0]).toSorted())
      .toEqual(['form-action', 'img-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']);
    expect(await victim.evaluate(() => 'ran' in window)).toBe(false);
    await other.close();
  },
);

test(
  'an app that did ask another machine would be noticed',
  { tag: '@requests-elsewhere' },
  async ({ folder }) => {
    for (const reach of [
      `fetch('http://toploss.test/')`,
      `fetch('https://toploss.test/')`,
      `import('node:net').then(({ connect }) => connect(80, '192.0.2.1'))`,
      `import('node:dgram').then(({ createSocket }) => createSocket('udp4').send('x', 53, '192.0.2.1'))`,
    ]) {
      const run = promisify(execFile)(process.execPath, ['-e', reach], { env: environment(folder) });
      await expect(run, reach).rejects.toThrow('The tests are offline');
    }
    expect(outgoing(folder).trim().split('\n')).toEqual([
      'toploss.test',
      'toploss.test',
      '192.0.2.1',
      'a datagram',
    ]);
    rmSync(join(folder, '.outgoing'));
  },
);
