// What two processes, or a process and its thread, say to each other over.
import type { MessagePort, Worker } from 'node:worker_threads';

export interface Line {
  /** Structured-cloned. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** The line to a thread, or from it to the process that it is in. */
export function lineOver(port: Worker | MessagePort): Line {
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    send: (message) => port.postMessage(message),
    onMessage: (listener) => void port.on('message', listener),
  };
}
