import { openDesktop } from '../../desktop/launch.ts';
import type { Command } from '../command.ts';
import { serveUntilStopped } from './serve.ts';

export const open: Command = {
  name: 'open',
  args: ['[DATASET]'],
  summary: 'Open the desktop window, or where there can be none, serve the app to a browser.',
  options: { port: { type: 'string', value: 'N', help: 'for the browser; default: a free one' } },
  async run(given, context) {
    const dataset = given.optionalArg(0);
    const desktop = await openDesktop(dataset);
    if (desktop.opened) return;
    context.say(`${desktop.reason} The same app is served to a browser instead.`);
    await serveUntilStopped(dataset, given.integer('port'), context);
  },
};
