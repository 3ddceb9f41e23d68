// What the tests of the page stand on: the real app in a process of its own, data sets to open, a page that must stay
// silent, and a look into the project's database. Every test has a folder of its own; all of it is gone afterwards.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test as base, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { parse } from 'csv-parse/sync';
import { allClasses, allStandings, eventLog } from '../main/labels/labels.ts';
import { encodeModel } from '../main/math/graph.ts';
import { drawSample, type Sample } from '../main/sample/sample.ts';
import { allImages } from '../main/store/images.ts';
import { openStoreReadOnly, type Db } from '../main/store/open.ts';
import type { Label, Verdict } from '../shared/contract.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const toploss = join(root, 'main', 'cli', 'toploss.ts');

export interface Server {
  /** The link with the one-time token. */
  readonly url: string;
  /** Where a second page of the same browser gets in. */
  readonly origin: string;
  /** Ends the process as Ctrl-C does, and waits until it has. */
  stop(): Promise<void>;
}

export type Row = Readonly<Record<string, string>>;

interface TestFixtures {
  /** An empty folder. Below it are the user's home and data directory that the app sees. */
  readonly folder: string;
  /** A copy of 120 images of the sample with their ranking. */
  readonly dataset: string;
  /** Starts the app. */
  readonly serve: (dataset?: string) => Promise<Server>;
  /** The command line of the app: what it prints. */
  readonly command: (...args: readonly string[]) => Promise<string>;
  /** Fails the test over what the browser complains of, violations of the policy, and requests of page or app that leave this machine. */
  readonly silence: undefined;
  /** The page with the ranked data set open. */
  readonly review: Page;
}

interface WorkerFixtures {
  readonly sample: Sample;
  /** A model that computes in no time: the mean colours of a grid of four by four. */
  readonly backbone: string;
  readonly ranked: string;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  sample: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads from the pattern which fixtures it needs: none
    async ({}, use) => {
      const place = makeFolder();
      await use(await drawSample(place));
      remove(place);
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  backbone: [
    // oxlint-disable-next-line no-empty-pattern -- as above
    async ({}, use) => {
      const place = makeFolder();
      const file = join(place, 'colours.onnx');
      writeFileSync(file, encodeModel(meanColours));
      await use(file);
      remove(place);
    },
    { scope: 'worker' },
  ],

  ranked: [
    async ({ sample, backbone }, use) => {
      const place = makeFolder();
      const dataset = join(place, 'landscapes');
      const perClass = 20;
      for (const { path = '' } of readTable(sample.truth)) {
        if (Number(path.match(/\d+/)?.[0]) <= perClass) copy(join(sample.dataset, path), join(dataset, path));
      }
      await runCommand(place, ['train', dataset, '--backbone', backbone, '--one-view']);
      await use(dataset);
      remove(place);
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  // oxlint-disable-next-line no-empty-pattern -- as above
  folder: async ({}, use) => {
    const place = makeFolder();
    await use(place);
    remove(place);
  },

  dataset: async ({ folder, ranked }, use) => {
    const dataset = join(folder, 'landscapes');
    copy(ranked, dataset);
    copy(`${ranked}.toploss`, `${dataset}.toploss`);
    await use(dataset);
  },

  serve: async ({ folder }, use) => {
    const running = new Map<ChildProcess, Promise<unknown>>();
    await use(async (dataset) => {
      const child = spawn(process.execPath, [toploss, 'serve', ...(dataset === undefined ? [] : [dataset])], {
        cwd: folder,
        env: environment(folder),
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit').then(() => running.delete(child));
      running.set(child, ended);
      const url = await Promise.race([linkOf(child), ended.then(() => null)]);
      if (url === null) throw new Error('Toploss ended before it said where it is.');
      const stop = async (): Promise<void> => {
        child.kill('SIGINT');
        await ended;
      };
      return { url, origin: new URL(url).origin, stop };
    });
    for (const child of running.keys()) child.kill('SIGINT');
    await Promise.all(running.values());
  },

  command: async ({ folder }, use) => {
    await use((...args) => runCommand(folder, args));
  },

  silence: [
    async ({ context, folder }, use) => {
      const noise: string[] = [];
      listen(context, (complaint) => noise.push(complaint));
      const violations = await violationsOf(context);
      await use(undefined);
      expect(violations, 'no page violates its policy').toEqual([]);
      expect(noise, 'the browser has nothing to complain of').toEqual([]);
      expect(outgoing(folder), 'the app asks no other machine').toBe('');
    },
    { auto: true },
  ],

  review: async ({ page, serve, dataset }, use) => {
    await page.goto((await serve(dataset)).url);
    await listIsReady(page);
    await use(page);
  },
});

export { expect };

/** Collects what the policy forbids to the pages of a browser, from now on. */
export async function violationsOf(context: BrowserContext): Promise<readonly string[]> {
  const violations: string[] = [];
  await context.exposeFunction('toplossViolation', (what: string) => violations.push(what));
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
      Reflect.get(window, 'toplossViolation')(`${effectiveDirective} ${blockedURI}`),
    ),
  );
  return violations;
}

function listen(context: BrowserContext, complain: (complaint: string) => void): void {
  context.on('console', (message) => {
    // A server that a test has stopped cannot be reached, and Chromium says so.
    const stopped =
      /net::ERR_(CONNECTION_REFUSED|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING|CONNECTION_RESET|EMPTY_RESPONSE)/;
    if (['error', 'warning'].includes(message.type()) && !stopped.test(message.text()))
      complain(message.text());
  });
  context.on('weberror', (error) => complain(error.error().message));
  context.on('dialog', (dialog) => {
    complain(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complain(`a request to ${request.url()}`);
  });
}

// The page

export const cards = (page: Page): Locator => page.getByRole('gridcell');
/** The card of an image, by its path in the data set. */
export const cardOf = (page: Page, path: string): Locator =>
  cards(page).and(page.locator(`[aria-label^=${JSON.stringify(`${path}, `)}]`));
/** The card that the keys act on. */
export const focused = (page: Page): Locator => page.locator('[role=gridcell].focused');
export const decision = (page: Page): Locator => page.getByRole('complementary', { name: 'Decision' });
export const filters = (page: Page): Locator => page.getByRole('complementary', { name: 'Filters' });
/** The line of the filters for a verdict or a class, with its number: "Kept 3", "house 2 of 20". */
export const filter = (page: Page, name: string): Locator =>
  filters(page).getByRole('button', { name: new RegExp(`^${name} \\d`) });

/**
 * What a card says of its image: "boat/012.jpg, labelled boat, looks like house, loss 4.5, kept"; or, relabelled,
 * "boat/012.jpg, labelled boat, → house".
 */
export async function words(
  card: Locator,
): Promise<{ path: string; label: string; looksLike: string; loss: number }> {
  const said = (await card.getAttribute('aria-label')) ?? '';
  const [, path = '', label = '', looksLike = '', loss = ''] =
    said.match(/^(.*), labelled (.*?)(?:, looks like (.*?), loss ([\d.]+)|, |$)/) ?? [];
  return { path, label, looksLike, loss: Number(loss) };
}

/** The images that the page has drawn, in its order. */
export async function listed(page: Page): Promise<Awaited<ReturnType<typeof words>>[]> {
  return Promise.all((await cards(page).all()).map(words));
}

/** How many images the list has: "120 images listed". */
export const amount = (page: Page): Locator => page.getByText(/^[\d,]+ images? listed$/);

/** Waits for a list whose cards are all there. */
export async function listIsReady(page: Page): Promise<void> {
  await expect(focused(page)).toBeVisible();
  await expect(page.getByRole('gridcell', { name: /, loading$/ })).toHaveCount(0);
}

/** Opens a data set by its path, as a person who knows it would. */
export async function openPath(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: 'Open a folder or CSV' }).click();
  const dialog = page.getByRole('dialog', { name: 'Open a folder or CSV' });
  const field = dialog.getByRole('textbox', { name: 'Path' });
  // Once the home folder is listed, the field takes over its path.
  await expect(field).not.toHaveValue('');
  await field.fill(path);
  await field.press('Enter');
  if (path.endsWith('.csv')) return;
  // Not the entry of that folder in the one above it, which has the same title.
  await expect(dialog.locator('span').and(dialog.getByTitle(path, { exact: true }))).toBeVisible();
  await dialog.getByRole('button', { name: 'Open this folder' }).click();
}

// What is stored

export interface Stored {
  readonly path: string;
  /** Names of classes, with + between several. */
  readonly label: string;
  readonly verdict: Verdict | null;
}

/** The images with a verdict, as the project's store has them, by path. */
export function storedVerdicts(dataset: string): Stored[] {
  return reading(dataset, (db, names) => {
    const paths = new Map(allImages(db).map(({ id, path }) => [id, path]));
    return allStandings(db)
      .filter(({ verdict }) => verdict !== null)
      .map(({ image, label, verdict }) => ({ path: paths.get(image) ?? '', label: names(label), verdict }))
      .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  });
}

/** The decisions in the order in which they were stored. */
export function storedDecisions(dataset: string): (Stored & { readonly step: number })[] {
  return reading(dataset, (db, names) =>
    eventLog(db)
      .filter(({ kind }) => kind === 'decide')
      .map(({ path, to, toVerdict, step }) => ({ path, label: names(to), verdict: toVerdict, step })),
  );
}

/** Looks into a project beside the app that has it open. */
function reading<T>(dataset: string, read: (db: Db, names: (label: Label) => string) => T): T {
  const { db, close } = openStoreReadOnly(`${dataset}.toploss`);
  try {
    const classes = new Map(allClasses(db).map(({ id, name }) => [id, name]));
    return read(db, (label) => label.map((id) => classes.get(id)).join('+'));
  } finally {
    close();
  }
}

// Files

/** Writes a file below a folder, and the folders above it. */
export function put(folder: string, path: string, content: Uint8Array | string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** The rows of a CSV with a header. */
export function readTable(file: string): Row[] {
  return parse(readFileSync(file, 'utf8'), { columns: true });
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'toploss-e2e-')));
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

// Processes

/** The hosts that the app of a test tried to reach, one a line. */
export function outgoing(folder: string): string {
  const file = join(folder, '.outgoing');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** What the processes of a test see: a home of their own, and no network. */
export function environment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    USERPROFILE: folder,
    TOPLOSS_USER_DATA: join(folder, '.toploss-user'),
    TOPLOSS_BACKBONE: 'patches',
    TOPLOSS_OUTGOING: join(folder, '.outgoing'),
    NODE_OPTIONS: `--import=${new URL('fixtures/offline.mjs', import.meta.url)}`,
    // Every test starts processes of the app: compiled code that is kept makes that faster.
    NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
  };
}

async function runCommand(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [toploss, ...args], {
    cwd: folder,
    env: environment(folder),
  });
  return stdout;
}

async function linkOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error('The process has no output.');
  for await (const line of createInterface(stdout)) {
    const link = line.match(/http:\S+/)?.[0];
    if (link !== undefined) {
      stdout.resume();
      return link;
    }
  }
  return new Promise(() => {});
}

const meanColours: Parameters<typeof encodeModel>[0] = {
  inputs: [{ name: 'pixels', type: 'float32', shape: ['n', 3, 64, 64] }],
  outputs: [{ name: 'features', type: 'float32', shape: ['n', 48] }],
  nodes: [
    {
      operator: 'AveragePool',
      inputs: ['pixels'],
      outputs: ['means'],
      attributes: { kernel_shape: [16, 16], strides: [16, 16] },
    },
    { operator: 'Flatten', inputs: ['means'], outputs: ['features'] },
  ],
};
