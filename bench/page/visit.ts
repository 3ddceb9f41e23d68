// A browser that visits the app, as a person's would: a new one each time, with nothing kept from before.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { findBrowser } from '../../main/build/setup/browser.mjs';
import { toploss } from './project.ts';

const browserSettlesMs = 2000;
const viewport = { width: 1280, height: 800 };

/** Serves the data set, opens its page, and tells how long it took until the thumbnails in view were there. */
export async function visit<T>(
  dataset: string,
  look: (page: Page, openedMs: number) => Promise<T>,
): Promise<T> {
  const browser = await launch();
  const page = await browser.newPage({ viewport });
  // Its own windows take a core for a second, before anything of the app is asked for.
  await setTimeout(browserSettlesMs);
  const server = spawn(process.execPath, [toploss, 'serve', dataset], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const url = await linkOf(server.stdout);
    const started = performance.now();
    await page.goto(url);
    await thumbnailsInView(page);
    return await look(page, performance.now() - started);
  } finally {
    await browser.close();
    server.kill('SIGINT');
    await ended;
  }
}

async function launch() {
  const executablePath = await findBrowser(fileURLToPath(new URL('../..', import.meta.url)));
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch(executablePath === null ? { args } : { args, executablePath });
}

async function linkOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(output)) {
    const link = line.match(/http:\S+/)?.[0];
    if (link !== undefined) {
      output.resume();
      return link;
    }
  }
  throw new Error('Toploss ended before it said where it is.');
}

/** Waits until every card that can be seen shows its picture. */
export async function thumbnailsInView(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const window = document.querySelector('[role=grid]')?.getBoundingClientRect();
    if (!window) return false;
    const seen = [...document.querySelectorAll('[role=gridcell]')].filter((card) => {
      const { top, bottom } = card.getBoundingClientRect();
      return bottom > window.top && top < window.bottom;
    });
    return (
      seen.length > 0 &&
      seen.every((card) => {
        const picture = card.querySelector('img');
        return picture !== null && picture.complete && picture.naturalWidth > 0;
      })
    );
  });
}
