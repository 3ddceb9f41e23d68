// Child processes under Electron: forking is switched off in the packaged app, a utility process takes its place.
import { fileURLToPath } from 'node:url';
import type { UtilityProcess, utilityProcess } from 'electron';
import {
  built,
  childArguments,
  childEnvironment,
  ending,
  errorTail,
  exitReason,
  type Child,
  type Spawn,
} from '../process/child.ts';

const options: Electron.ForkOptions = {
  serviceName: 'Toploss trainer',
  stdio: ['ignore', 'inherit', 'pipe'],
  env: childEnvironment(),
  execArgv: childArguments,
};

export function spawnUtility(utility: Pick<typeof utilityProcess, 'fork'>): Spawn {
  return (module) => adapt(utility.fork(fileURLToPath(built(module)), [], options));
}

function adapt(child: UtilityProcess): Child {
  const errors = errorTail(child.stderr);
  const { kill, onExit, ended } = ending((name) => {
    // Electron only knows the gentle way.
    if (name === 'SIGTERM') child.kill();
    else if (child.pid !== undefined) process.kill(child.pid, name);
  });
  child.once('exit', (code) => ended(exitReason(code, null, errors())));
  return {
    get pid() {
      return child.pid;
    },
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a process has no origin
    send: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit,
    kill,
  };
}
