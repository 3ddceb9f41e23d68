// Who is let in: the browser that opened the link, in every tab, and nobody else. A second server on this machine sees
// nothing that opens Toploss, whatever makes the browser visit it.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { cards, expect, listIsReady, test } from './app.ts';

test(
  'a reload and a second tab stay in; another browser is told what to do',
  { tag: '@token' },
  async ({ page, context, browser, serve, dataset }) => {
    const { url, origin } = await serve(dataset);
    await page.goto(url);
    await listIsReady(page);
    expect(page.url()).toBe(`${origin}/`);
    await page.reload();
    await listIsReady(page);
    const tab = await context.newPage();
    // By the bare address, and by the link once more.
    for (const address of [origin, url]) {
      await tab.goto(address);
      await listIsReady(tab);
    }
    // Thumbnails have their key in the address.
    await expect
      .poll(() =>
        cards(tab)
          .first()
          .locator('img')
          .evaluate((image: HTMLImageElement) => image.naturalWidth),
      )
      .toBeGreaterThan(0);

    const other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(url);
    await expect(stranger.getByText('This link has been used: it lets in one browser.')).toBeVisible();
    await stranger.goto(origin);
    await expect(stranger.getByText('This browser has not been let in.')).toBeVisible();
    await other.close();
  },
);

test(
  'another server on this machine sees nothing that opens Toploss',
  { tag: '@other-server' },
  async ({ page, serve, dataset }) => {
    const seen: { readonly url: string; readonly headers: IncomingHttpHeaders }[] = [];
    const server = createServer(({ url = '', headers }, response) => {
      seen.push({ url, headers });
      if (url.startsWith('/away')) response.writeHead(302, { Location: `${home}/arrived` }).end();
      else
        response
          .writeHead(200, { 'Content-Type': 'text/html', 'Set-Cookie': 'planted=1' })
          .end(
            `<title>Other</title><link rel="icon" href="/icon.png"><img src="/picture.png"><a href="/next">next</a>`,
          );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bound = server.address();
    const home = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;

    const { url, origin } = await serve(dataset);
    await page.goto(url);
    await listIsReady(page);
    const secret = await page.evaluate(() => localStorage.getItem('session') ?? '');
    const key = new URL(
      (await cards(page).first().locator('img').getAttribute('src')) ?? '',
      origin,
    ).searchParams.get('key');
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(key).toMatch(/^[\w-]{22}$/);

    // From our own page, from its own, by a redirect, and back and forth in the history.
    await page.evaluate((address) => location.assign(address), `${home}/away?from=toploss`);
    await expect(page).toHaveTitle('Other');
    await page.getByRole('link', { name: 'next' }).click();
    await page.goto(`${home}/away`);
    await page.goBack();
    await page.evaluate(
      (address) => fetch(address, { method: 'POST', credentials: 'include', mode: 'no-cors', body: 'x' }),
      `${home}/posted`,
    );
    await expect
      .poll(() => seen.map(({ url: path }) => path))
      .toEqual(expect.arrayContaining(['/arrived', '/next', '/icon.png', '/posted']));

    const told = JSON.stringify(seen);
    expect(told).not.toContain(secret);
    expect(told).not.toContain(key);
    // All that it saw, sent to Toploss as the browser sent it to that server.
    const { project, image } = { project: '0'.repeat(16), image: 1 };
    for (const { headers } of seen)
      for (const path of ['/events', `/image/${project}/${image}`, '/call/app.info']) {
        const sent = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
          typeof value === 'string' && !['host', 'connection', 'content-length', 'origin'].includes(name)
            ? [[name, value]]
            : [],
        );
        const { status } = await fetch(origin + path, { headers: sent });
        expect(status, path).toBe(403);
      }
    server.close();
  },
);
