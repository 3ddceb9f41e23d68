import { once } from 'node:events';
import type { Named } from '../../desktop/named.ts';
import { projectOption, type Command, type Context, type Given } from '../command.ts';

export const serve: Command = {
  name: 'serve',
  args: ['[DATASET]'],
  summary: 'Serve the app to a browser on this machine.',
  details:
    'Listens on 127.0.0.1 only. The address that is printed opens the app once; from another machine, tunnel the port:\n' +
    'ssh -L PORT:127.0.0.1:PORT',
  options: { port: { type: 'string', value: 'N', help: 'default: a free one' }, ...projectOption },
  async run(given, context) {
    await serveUntilStopped(namedBy(given), given.integer('port'), context);
  },
};

/** The data set to open at once, and its project. */
export const namedBy = (given: Given): Named => ({
  dataset: given.optionalArg(0),
  projectFolder: given.text('project'),
});

export async function serveUntilStopped(
  named: Named,
  port: number | undefined,
  { signal, print }: Context,
): Promise<void> {
  // Loaded when it is asked for: the other commands start faster without it.
  const [{ createApp }, { spawnChild }, { serve: serveApp }, { createSession }] = await Promise.all([
    import('../../app.ts'),
    import('../../process/fork.ts'),
    import('../../web/serve.ts'),
    import('../../web/session.ts'),
  ]);
  const session = createSession();
  const { pictureKey } = session;
  const app = await createApp({ shell: 'browser', spawn: spawnChild, ...named, pictureKey });
  const server = await serveApp(app, { session, port });
  print(`Toploss is at ${server.url}`);
  print('Open this address in a browser. Ctrl-C stops it; every label is stored as it is given.');
  app.begin();
  try {
    if (!signal.aborted) await once(signal, 'abort');
  } finally {
    await server.close();
    await app.close();
  }
}
