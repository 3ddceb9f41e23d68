import { openDesktop } from '../../desktop/launch.ts';
import { projectOption, type Command } from '../command.ts';
import { namedBy, serveUntilStopped } from './serve.ts';

export const open: Command = {
  name: 'open',
  args: ['[DATASET]'],
  summary: 'Open the desktop window, or serve the app to a browser if there can be no window.',
  options: {
    port: { type: 'string', value: 'N', help: 'for the browser; default: a free one' },
    ...projectOption,
  },
  async run(given, context) {
    const named = namedBy(given);
    const desktop = await openDesktop(named);
    if (desktop.opened) return;
    context.say(`${desktop.reason} The same app is served to a browser instead.`);
    await serveUntilStopped(named, given.integer('port'), context);
  },
};
