// Hostile pages on the same machine, in a real browser that the shell has let in: none of them reaches the app.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test as base } from '@playwright/test';

interface Shell {
  readonly url: string;
  readonly port: string;
  /** The paths of all requests that reached the app. */
  readonly seen: string[];
}

const test = base.extend<{ shell: Shell; evil: (html: string) => Promise<string> }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads from the pattern which fixtures it needs: none
  shell: async ({}, use) => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('fixtures/shell.mjs', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout);
    const [url] = (await once(lines, 'line')) as [string];
    const seen: string[] = [];
    lines.on('line', (path) => seen.push(path));
    await use({ url, port: new URL(url).port, seen });
    child.kill();
  },
  /** Serves a page from another port of this machine: to a browser the same site, and another origin. */
  // oxlint-disable-next-line no-empty-pattern -- as above
  evil: async ({}, use) => {
    let page = '';
    const server = createServer((_request, response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(page),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port.');
    await use(async (html) => {
      page = html;
      return `http://127.0.0.1:${address.port}/`;
    });
    server.close();
  },
});

test(
  'a page on another port reaches nothing, by whatever means',
  { tag: '@cross-site' },
  async ({ page, context, shell, evil }) => {
    await page.goto(shell.url);
    await expect(page).toHaveTitle('Toploss');
    expect(new URL(page.url()).hash).toBe('');
    await expect.poll(() => shell.seen).toEqual(['/']);
    shell.seen.length = 0;

    const target = `http://127.0.0.1:${shell.port}`;
    const other = await context.newPage();
    await other.goto(await evil('<title>Evil</title><iframe sandbox="allow-scripts"></iframe>'));
    const outcomes = await other.evaluate(async (address) => {
      const element = (tag: 'img' | 'script' | 'iframe') =>
        new Promise<string>((settle) => {
          const made = document.createElement(tag);
          made.addEventListener('error', () => settle('error'));
          made.addEventListener('load', () => settle('load'));
          made.src = `${address}/image/1`;
          document.body.append(made);
        });
      const send = (init: RequestInit) =>
        fetch(`${address}/call/labels.decide`, { credentials: 'include', ...init }).then(
          async (reply) => `read: ${await reply.text()}`,
          () => 'error',
        );
      const json = { 'Content-Type': 'application/json' };
      return {
        img: await element('img'),
        script: await element('script'),
        get: await send({}),
        json: await send({ method: 'POST', headers: json, body: '[]' }),
        blind: await send({ method: 'POST', mode: 'no-cors', body: '[]' }),
        socket: await new Promise<string>((settle) => {
          const socket = new WebSocket(`${address.replace('http', 'ws')}/events`);
          socket.addEventListener('error', () => settle('error'));
          socket.addEventListener('open', () => settle('open'));
        }),
        stream: await new Promise<string>((settle) => {
          const stream = new EventSource(`${address}/events?after=0`, { withCredentials: true });
          stream.addEventListener('error', () => settle('error'));
          stream.addEventListener('open', () => settle('open'));
        }),
        window: await new Promise<string>((settle) => {
          const opened = open(`${address}/`);
          addEventListener('message', () => settle('spoke'));
          // Closed off from whoever opened it, it looks closed at once; if it were ours to read, we would read it.
          const look = setInterval(() => {
            if (opened?.closed) settle('closed off');
            if (opened?.closed) clearInterval(look);
          }, 50);
        }),
      };
    }, target);
    expect(outcomes).toMatchObject({
      img: 'error',
      script: 'error',
      get: 'error',
      json: 'error',
      socket: 'error',
      stream: 'error',
      window: 'closed off',
    });
    expect(outcomes.blind).not.toContain('secret');

    await other.setContent(
      `<form method="post" action="${target}/call/labels.decide"><button>Win</button></form>`,
    );
    await other.getByRole('button').click();
    await expect(other.getByText('not opened from other pages')).toBeVisible();

    await other.goto(await evil(`<iframe sandbox="allow-scripts" src="${target}/"></iframe>`));
    await expect(other.frameLocator('iframe').getByText('secret')).toHaveCount(0);
    // Only what our own page asks for arrives, and everything before it would have arrived before it.
    await page.reload();
    await expect.poll(() => shell.seen).toEqual(['/']);
  },
);

/** Runs in a sandboxed frame, whose origin is null: all that a page can ask for, and what came of it. */
const sandboxed = (address: string): string => `
  const settled = (target, good) => new Promise((settle) => {
    target.addEventListener(good, () => settle('reached'));
    target.addEventListener('error', () => settle('nothing'));
  });
  const picture = Object.assign(new Image(), { src: '${address}/image/1' });
  const tries = {
    origin: Promise.resolve(origin),
    read: fetch('${address}/events', { credentials: 'include' }).then(() => 'reached', () => 'nothing'),
    write: fetch('${address}/call/labels.decide', {
      method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/json' }, body: '[]',
    }).then(() => 'reached', () => 'nothing'),
    picture: settled(picture, 'load'),
    socket: settled(new WebSocket('${address.replace('http', 'ws')}/events'), 'open'),
    stream: settled(new EventSource('${address}/events', { withCredentials: true }), 'open'),
  };
  Promise.all(Object.entries(tries).map(async ([name, outcome]) => [name, await outcome]))
    .then((outcomes) => parent.postMessage(Object.fromEntries(outcomes), '*'));`;

for (const secret of ['with', 'without']) {
  test(
    `a sandboxed frame in a browser ${secret} the secret reaches nothing`,
    { tag: '@origin-check' },
    async ({ browser, shell, evil }) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      if (secret === 'with') {
        await page.goto(shell.url);
        await expect(page).toHaveTitle('Toploss');
        await expect.poll(() => shell.seen).toEqual(['/']);
        shell.seen.length = 0;
      }
      const address = `http://127.0.0.1:${shell.port}`;
      const frame = `<script>${sandboxed(address)}</script>`.replaceAll('"', '&quot;');
      await page.goto(
        await evil(`<script>addEventListener('message', ({ data }) => { document.title = JSON.stringify(data) })</script>
        <iframe sandbox="allow-scripts" srcdoc="${frame}"></iframe>`),
      );
      await expect(page).toHaveTitle(/^\{/);
      expect(JSON.parse(await page.title())).toEqual({
        origin: 'null',
        read: 'nothing',
        write: 'nothing',
        picture: 'nothing',
        socket: 'nothing',
        stream: 'nothing',
      });
      // What would have arrived before this would have been seen before it.
      await page.goto(secret === 'with' ? address : shell.url);
      await expect.poll(() => shell.seen).toEqual(['/']);
      await context.close();
    },
  );
}

test(
  'a name that is rebound to this machine reaches nothing',
  { tag: '@dns-rebinding' },
  async ({ playwright, launchOptions, shell }) => {
    const args = [...(launchOptions.args ?? []), '--host-resolver-rules=MAP evil.test 127.0.0.1'];
    const browser = await playwright.chromium.launch({ ...launchOptions, args });
    const page = await browser.newPage();
    for (const path of [
      '/',
      '/events',
      '/image/1',
      new URL(shell.url).hash.replace('#', '/session?token='),
    ]) {
      const reply = await page.goto(`http://evil.test:${shell.port}${path}`);
      expect(reply?.status(), path).toBe(403);
      // From here on it asks as a page of the very same origin would.
      const outcomes = await page.evaluate(async () => {
        const json = { 'Content-Type': 'application/json' };
        const replies = await Promise.all([
          fetch('/call/projects.recent', { method: 'POST', headers: json, body: '[]' }),
          fetch('/thumb/1'),
          fetch('/events?after=0'),
        ]);
        const socket = new WebSocket('/events');
        const opened = await new Promise<boolean>((settle) => {
          socket.addEventListener('open', () => settle(true));
          socket.addEventListener('error', () => settle(false));
        });
        return [...replies.map(({ status }) => status), opened];
      });
      expect(outcomes, path).toEqual([403, 403, 403, false]);
    }
    // The name did not use up the token either.
    await page.goto(shell.url);
    await expect(page).toHaveTitle('Toploss');
    await expect.poll(() => shell.seen).toEqual(['/']);
    await browser.close();
  },
);
