// The Electron shell: one window on app://toploss/, which the app answers. Only wires; what it wires is tested on its own.
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  protocol,
  session,
  shell,
  utilityProcess,
} from 'electron';
import { createApp } from '../app.ts';
import { answering } from './ipc.ts';
import { fromArguments } from './named.ts';
import { menuTemplate } from './menu.ts';
import { decideNavigation, decideOpen, home, scheme } from './navigation.ts';
import { denyPermissions } from './permissions.ts';
import { answerRequests } from './requests.ts';
import { spawnUtility } from './utility.ts';
import { windowOptions } from './window.ts';

app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true } },
]);

// For every contents that ever comes to be, not only that of our window.
app.on('web-contents-created', (_event, contents) => {
  contents.setWindowOpenHandler(({ url }) => decideOpen(url));
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-frame-navigate', stayHome);
  contents.on('will-redirect', stayHome);
});
app.on('window-all-closed', () => app.quit());

if (app.requestSingleInstanceLock()) {
  // Not awaited: Electron is ready only once this module has been read to its end.
  app.whenReady().then(start).catch(giveUp);
} else {
  console.error('Toploss is open already: its window has come to the front. Open the data set there.');
  app.quit();
}

function stayHome(event: { url: string; preventDefault(): void }): void {
  if (decideNavigation(event.url) === 'deny') event.preventDefault();
}

async function start(): Promise<void> {
  const toploss = await createApp({
    shell: 'desktop',
    spawn: spawnUtility(utilityProcess),
    ...fromArguments(process.argv.slice(app.isPackaged ? 1 : 2)),
    trashItem: (file) => shell.trashItem(file),
  });
  closeBeforeQuitting(() => toploss.close());

  denyPermissions(session.defaultSession);
  protocol.handle(scheme, (request) =>
    decideNavigation(request.url) === 'allow' ? toploss.fetch(request) : new Response(null, { status: 404 }),
  );
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(process.platform)));

  const window = new BrowserWindow(windowOptions(fileURLToPath(new URL('./preload.cjs', import.meta.url))));
  answerRequests(answering(ipcMain), {
    chooseDataset: (options) => dialog.showOpenDialog(window, options),
    showInFolder: (path) => shell.showItemInFolder(path),
  });
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  window.once('ready-to-show', () => window.show());
  const loaded = window.loadURL(home);
  toploss.begin();
  await loaded;
}

/** Labels are stored at each key press; what remains is to end the trainer and let go of the database. */
function closeBeforeQuitting(close: () => Promise<void>): void {
  app.once('will-quit', (event) => {
    event.preventDefault();
    close().then(
      () => app.quit(),
      (error: unknown) => giveUp(error),
    );
  });
}

function giveUp(error: unknown): void {
  console.error(error);
  dialog.showErrorBox('Toploss has to close', error instanceof Error ? error.message : String(error));
  app.exit(1);
}
