// Child processes under plain Node: the command line, the browser shell and every test.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  built,
  childArguments,
  childEnvironment,
  ending,
  errorTail,
  exitReason,
  type Child,
} from './child.ts';

export function spawnChild(module: URL): Child {
  const child = fork(fileURLToPath(built(module)), {
    serialization: 'advanced',
    // Our standard output carries results: what a child prints goes to standard error.
    stdio: ['ignore', 2, 'pipe', 'ipc'],
    env: childEnvironment(),
    execArgv: [...process.execArgv, ...childArguments],
  });
  const errors = errorTail(child.stderr);
  const { kill, onExit, ended } = ending((name) => child.kill(name));

  // `close` comes after the last of standard error; a grandchild that holds the pipe open would delay it without end.
  child.once('close', (code, signal) => ended(exitReason(code, signal, errors())));
  child.once('exit', (code, signal) =>
    setTimeout(() => ended(exitReason(code, signal, errors())), 500).unref(),
  );
  child.on('error', (error) => {
    if (child.pid === undefined) ended(`it could not be started: ${error.message}`);
  });

  return {
    pid: child.pid,
    send(message) {
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit,
    kill,
  };
}
