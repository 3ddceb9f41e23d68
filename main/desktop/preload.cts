// Runs in the sandbox before the page: exposes what a browser cannot do, as shared/desktop.ts names it, and nothing else.
import type { Desktop } from '../../shared/desktop.ts' with { 'resolution-mode': 'import' };

const { contextBridge, ipcRenderer, webUtils }: typeof import('electron') = require('electron');

const desktop: Desktop = {
  chooseDataset: () => ipcRenderer.invoke('dataset:choose'),
  pathOf: (file) => webUtils.getPathForFile(file as File),
  showInFolder: (path) => ipcRenderer.invoke('folder:show', path),
};

contextBridge.exposeInMainWorld('toploss', desktop);
