// Files that are two things at once, or not what their name says: whichever way a browser is led to them, they stay pictures.
import sharp from 'sharp';
import { cards, expect, filters, listIsReady, put, test } from './app.ts';

const script = 'document.title = "executed"; alert("executed")';
const html = `<!doctype html><title>x</title><script>${script}</script>`;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" onload="alert('executed')"><script>${script}</script><image href="http://127.0.0.1:1/x.png"/></svg>`;

const picture = (colour: string) =>
  sharp({ create: { width: 64, height: 64, channels: 3, background: colour } });

test(
  'HTML, SVG and scripts in files of images never run, and never reach the page as they are',
  { tag: '@svg' },
  async ({ page, context, browser, serve, command, dataset, backbone }) => {
    test.slow();
    const hidden = Buffer.from(html);
    const jpeg = await picture('teal').jpeg().toBuffer();
    // A comment segment in front of the pixels, and a page behind them.
    const comment = Buffer.from([0xff, 0xfe, (hidden.length + 2) >> 8, (hidden.length + 2) & 255]);
    const jpegAndPage = Buffer.concat([jpeg.subarray(0, 2), comment, hidden, jpeg.subarray(2), hidden]);
    const gif = await picture('plum').gif().toBuffer();
    const pictures = {
      'page.jpg': jpegAndPage,
      'page.html': jpegAndPage,
      'described.png': await picture('gold')
        .png()
        .withExif({ IFD0: { ImageDescription: html } })
        .toBuffer(),
      // A reader of scripts sees an assignment, a comment and a call.
      'script.gif': Buffer.concat([gif, Buffer.from(`*/=1;${script}`)]),
      'script.js': Buffer.concat([gif, Buffer.from(`\n${script}`)]),
    };
    const none = {
      'text.jpg': html,
      'drawing.svg': svg,
      'drawing.jpg': svg,
      'drawing.png': `<?xml version="1.0"?>${svg}`,
      'page.png': html,
    };
    for (const [name, content] of Object.entries({ ...pictures, ...none }))
      put(dataset, `boat/${name}`, content);
    await command('train', dataset, '--backbone', backbone);

    const { url, origin } = await serve(dataset);
    await page.goto(url);
    await listIsReady(page);
    await filters(page).getByRole('button', { name: '5 files not ranked' }).click();
    for (const name of Object.keys(none))
      await expect(page.getByRole('dialog').getByRole('row', { name: `boat/${name}` })).toContainText(
        /not an image|not supported: SVG/,
      );
    await page.keyboard.press('Escape');

    // Addresses of what is hostile, from the page itself.
    await page.getByRole('searchbox', { name: 'Search files and classes' }).fill('boat/');
    const addresses: string[] = [];
    for (const name of Object.keys(pictures)) {
      await page.getByRole('searchbox', { name: 'Search files and classes' }).fill(`boat/${name}`);
      await expect(cards(page)).toHaveCount(1);
      const address = await cards(page).locator('img').getAttribute('src');
      addresses.push(address ?? '', (address ?? '').replace('/thumb/', '/image/'));
    }
    expect(addresses).toHaveLength(10);

    // A browser of its own, that was let in as well, since it will complain.
    const other = await browser.newContext({ storageState: await context.storageState() });
    const victim = await other.newPage();
    const alerts: string[] = [];
    victim.on('dialog', (dialog) => {
      alerts.push(dialog.message());
      void dialog.dismiss();
    });
    for (const address of addresses) {
      const shown = await victim.goto(origin + address);
      expect(shown?.status(), address).toBe(200);
      expect(shown?.headers()['content-type'], address).toMatch(/^image\/(webp|png|jpeg)$/);
      expect((await shown?.body())?.includes('executed'), address).toBe(false);
      expect(await victim.title()).not.toBe('executed');
    }
    await victim.goto(origin);
    // From our own origin, where the policy allows scripts: as a script, a page, a style and an object.
    const outcomes = await victim.evaluate(
      (all) =>
        Promise.all(
          all.flatMap((address) =>
            [
              Object.assign(document.createElement('script'), { src: address }),
              Object.assign(document.createElement('iframe'), { src: address }),
              Object.assign(document.createElement('link'), { rel: 'stylesheet', href: address }),
              Object.assign(document.createElement('object'), { data: address }),
            ].map(
              (element) =>
                new Promise<string>((settle) => {
                  element.addEventListener('load', () => settle(`${element.tagName} loaded`));
                  element.addEventListener('error', () => settle('refused'));
                  document.body.append(element);
                }),
            ),
          ),
        ),
      addresses,
    );
    // A frame that is refused shows a blank page, and says that it has loaded.
    expect(new Set(outcomes)).toEqual(new Set(['refused', 'IFRAME loaded']));
    expect(await victim.title()).not.toBe('executed');
    expect(alerts).toEqual([]);
    await other.close();
  },
);
