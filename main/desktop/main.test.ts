// The wiring, with a stand-in for Electron. What the real one does with it, e2e/desktop.spec.ts shows where its binary is.
import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';

/** What the stand-in was told, and whom it tells. */
const world = {
  order: [] as string[],
  lock: true,
  contents: null as null | ((event: object, contents: object) => void),
  answer: null as null | ((request: Request) => Response | Promise<Response>),
  loaded: [] as string[],
  window: {} as { webPreferences?: { sandbox?: boolean } },
  willQuit: null as null | ((event: { preventDefault(): void }) => void),
  options: {} as { trashItem?: (file: string) => Promise<void> },
  trashed: [] as string[],
};

const note = (what: string) => () => void world.order.push(what);
function on(name: string, listener: never): void {
  if (name === 'web-contents-created') world.contents = listener;
  if (name === 'will-quit') world.willQuit = listener;
}

vi.doMock('electron', () => {
  class BrowserWindow extends EventEmitter {
    constructor(options: object) {
      super();
      world.window = options;
    }
    async loadURL(url: string): Promise<void> {
      world.order.push('load');
      world.loaded.push(url);
    }
  }
  return {
    app: {
      enableSandbox: note('sandbox'),
      requestSingleInstanceLock: () => world.lock,
      whenReady: async () => void world.order.push('ready'),
      isPackaged: true,
      quit: note('quit'),
      exit: note('exit'),
      on,
      once: on,
    },
    BrowserWindow,
    dialog: { showErrorBox: note('error') },
    ipcMain: { handle: note('answer') },
    Menu: { setApplicationMenu: note('menu'), buildFromTemplate: (template: unknown) => template },
    protocol: {
      registerSchemesAsPrivileged: note('privileges'),
      handle: (_scheme: string, answer: (request: Request) => Response) => (world.answer = answer),
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: note('permission request'),
        setPermissionCheckHandler: note('permission check'),
        setDevicePermissionHandler: note('permission device'),
      },
    },
    shell: { trashItem: async (file: string) => void world.trashed.push(file) },
    utilityProcess: {},
  };
});
vi.doMock('../app.ts', () => ({
  createApp: (options: object) => {
    world.options = options;
    return {
      fetch: async () => new Response('the page'),
      begin: note('begin'),
      close: async () => void world.order.push('closed'),
    };
  },
}));

beforeEach(() => {
  vi.resetModules();
  Object.assign(world, { order: [], lock: true, loaded: [] });
});

test(
  'sets the privileges before it is ready, and denies permissions before it loads the page',
  { tags: ['electron-4-sandbox', 'electron-18-protocol'] },
  async () => {
    await import('./main.ts');
    await vi.waitFor(() => expect(world.loaded).toEqual(['app://toploss/']));
    const at = (what: string): number => world.order.indexOf(what);
    expect(world.order.slice(0, 3)).toEqual(['sandbox', 'privileges', 'ready']);
    for (const what of ['permission request', 'permission check', 'permission device', 'answer']) {
      expect(at(what)).toBeGreaterThan(0);
      expect(at(what)).toBeLessThan(at('load'));
    }
    expect(world.window.webPreferences?.sandbox).toBe(true);
    expect(world.options).toMatchObject({ shell: 'desktop', spawn: expect.any(Function) });
  },
);

test("has the system's trash at hand for files that the app moves", { tags: 'system-trash' }, async () => {
  await import('./main.ts');
  await vi.waitFor(() => expect(world.loaded).toHaveLength(1));
  await world.options.trashItem?.('/pets.toploss/trash/1.jpg');
  expect(world.trashed).toEqual(['/pets.toploss/trash/1.jpg']);
});

test('answers its own origin alone', { tags: 'electron-1-secure-content' }, async () => {
  await import('./main.ts');
  await vi.waitFor(() => expect(world.loaded).toHaveLength(1));
  expect(await (await world.answer?.(new Request('app://toploss/')))?.text()).toBe('the page');
  expect((await world.answer?.(new Request('app://evil.test/')))?.status).toBe(404);
});

test(
  'keeps every contents on its page, without windows and webviews',
  { tags: 'electron-12-webviews-checked' },
  async () => {
    await import('./main.ts');
    const contents = Object.assign(new EventEmitter(), { setWindowOpenHandler: vi.fn() });
    world.contents?.({}, contents);
    const refused = (name: string, url: string): boolean => {
      const preventDefault = vi.fn();
      contents.emit(name, { url, preventDefault });
      return preventDefault.mock.calls.length === 1;
    };
    expect(refused('will-frame-navigate', 'https://evil.test/')).toBe(true);
    expect(refused('will-redirect', 'https://evil.test/')).toBe(true);
    expect(refused('will-attach-webview', 'app://toploss/')).toBe(true);
    expect(refused('will-frame-navigate', 'app://toploss/')).toBe(false);
    expect(contents.setWindowOpenHandler.mock.calls[0]?.[0]({ url: 'https://evil.test/' })).toEqual({
      action: 'deny',
    });
  },
);

test('closes the app before it quits', async () => {
  await import('./main.ts');
  await vi.waitFor(() => expect(world.loaded).toHaveLength(1));
  const preventDefault = vi.fn();
  world.willQuit?.({ preventDefault });
  await vi.waitFor(() => expect(world.order.slice(-2)).toEqual(['closed', 'quit']));
  expect(preventDefault).toHaveBeenCalledOnce();
});

test('leaves the field to an instance that is already open', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  world.lock = false;
  await import('./main.ts');
  expect(world.order).toEqual(['sandbox', 'privileges', 'quit']);
  expect(said).toHaveBeenCalledWith(expect.stringContaining('open already'));
});
