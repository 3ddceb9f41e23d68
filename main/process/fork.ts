// Child processes under plain Node: the command line, the browser shell and every test.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { built, errorTail, exitReason, termination, type Child } from './child.ts';

export function spawnChild(module: URL): Child {
  const child = fork(fileURLToPath(built(module)), {
    serialization: 'advanced',
    // Our standard output carries results: what a child prints goes to standard error.
    stdio: ['ignore', 2, 'pipe', 'ipc'],
  });
  const errors = errorTail(child.stderr);
  const { begin, ended } = termination((name) => child.kill(name));
  let reason: string | undefined;
  const exitListeners: ((reason: string) => void)[] = [];

  function finish(why: string): void {
    if (reason !== undefined) return;
    reason = why;
    ended();
    for (const listener of exitListeners) listener(why);
  }
  // `close` comes after the last of standard error; a grandchild that holds the pipe open would delay it without end.
  child.once('close', (code, signal) => finish(exitReason(code, signal, errors())));
  child.once('exit', (code, signal) =>
    setTimeout(() => finish(exitReason(code, signal, errors())), 500).unref(),
  );
  child.on('error', (error) => {
    if (child.pid === undefined) finish(`it could not be started: ${error.message}`);
  });

  return {
    pid: child.pid,
    send(message) {
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit(listener) {
      if (reason === undefined) exitListeners.push(listener);
      else listener(reason);
    },
    kill: begin,
  };
}
