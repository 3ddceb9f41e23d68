// The messages of the preload, each answered only to the app's own page in its main frame, with its arguments checked.
import type { IpcMain, IpcMainInvokeEvent } from 'electron';
import type { ZodType } from 'zod';
import { Failure } from '../../shared/failure.ts';
import { decideNavigation } from './navigation.ts';

export type Register = <Arguments extends unknown[]>(
  channel: string,
  schema: ZodType<Arguments>,
  answer: (...args: Arguments) => unknown,
) => void;

/** The only way to answer the page: nothing else in the project touches `ipcMain`. */
export function answering(ipcMain: Pick<IpcMain, 'handle'>): Register {
  return (channel, schema, answer) => {
    ipcMain.handle(channel, (event, ...args: unknown[]) => {
      if (!isOurPage(event.senderFrame))
        throw new Failure('forbidden', 'Only the page of Toploss may ask for this.');
      const parsed = schema.safeParse(args);
      if (!parsed.success) throw new Failure('bad-request', `${channel} does not take these arguments.`);
      return answer(...parsed.data);
    });
  };
}

function isOurPage(frame: IpcMainInvokeEvent['senderFrame']): boolean {
  return frame !== null && frame.parent === null && decideNavigation(frame.url) === 'allow';
}
