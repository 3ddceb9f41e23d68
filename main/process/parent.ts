// The child's side: the one line to the process that started it, under fork and under Electron's utilityProcess alike.
import { Worker } from 'node:worker_threads';
import { built } from './child.ts';
import { heartbeat, heartbeatMs } from './heartbeat.ts';
import { isAboutTurns, takeTurnsFrom } from './turns.ts';

export interface Parent {
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** What Electron puts on `process` in a utility process. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
}

export function connectToParent(): Parent {
  const port = (process as NodeJS.Process & { parentPort?: ParentPort }).parentPort;
  const parent = port ? overPort(port) : overChannel();
  setInterval(() => parent.send(heartbeat), heartbeatMs).unref();
  takeTurnsFrom(parent);
  return {
    send: (message) => parent.send(message),
    onMessage: (listener) =>
      parent.onMessage((message) => {
        if (!isAboutTurns(message)) listener(message);
      }),
  };
}

/** Electron ends a utility process with its parent. */
function overPort(port: ParentPort): Parent {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => port.on('message', (event) => listener(event.data)),
  };
}

function overChannel(): Parent {
  const send = process.send?.bind(process);
  if (!send) throw new Error('This module is started by Toploss as a child process; it cannot be run alone.');
  // A parent that dies, however it dies, closes the channel. The thread is for a child that is too busy to notice.
  process.once('disconnect', () => process.exit(1));
  new Worker(built(new URL('./watchdog.ts', import.meta.url)), {
    workerData: process.ppid,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  }).unref();
  return {
    send: (message) => void send(message, undefined, undefined, () => {}),
    onMessage: (listener) => void process.on('message', listener),
  };
}
