// What the page asks of the desktop: the native dialog for a data set, and a file shown in the file manager.
import { isAbsolute } from 'node:path';
import type { OpenDialogOptions, OpenDialogReturnValue } from 'electron';
import { z } from 'zod';
import type { Register } from './ipc.ts';

interface Desk {
  chooseDataset(options: OpenDialogOptions): Promise<OpenDialogReturnValue>;
  showInFolder(path: string): void;
}

const nothing = z.tuple([]);
const absolutePath = z
  .string()
  .max(32_767)
  .refine((path) => isAbsolute(path) && !path.includes('\0'));

export function answerRequests(register: Register, desk: Desk): void {
  register('dataset:choose', nothing, async () => {
    const { canceled, filePaths } = await desk.chooseDataset(dialogOptions(process.platform));
    return canceled ? null : (filePaths[0] ?? null);
  });
  register('folder:show', z.tuple([absolutePath]), (path) => desk.showInFolder(path));
}

/** Only macOS can offer folders and files in one dialog; elsewhere a CSV is dropped or found in the folder browser. */
export function dialogOptions(platform: NodeJS.Platform): OpenDialogOptions {
  const either = platform === 'darwin';
  return {
    title: either ? 'Open a folder of images or a CSV of labels' : 'Open a folder of images',
    properties: either ? ['openDirectory', 'openFile'] : ['openDirectory'],
    ...(either && { filters: [{ name: 'CSV', extensions: ['csv'] }] }),
  };
}
