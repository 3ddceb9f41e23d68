// The child's side: the one line to the process that started it, under fork and under Electron's utilityProcess alike.

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
  if (port) {
    return {
      send: (message) => port.postMessage(message),
      onMessage: (listener) => port.on('message', (event) => listener(event.data)),
    };
  }
  const send = process.send?.bind(process);
  if (!send) throw new Error('This module is started by Toploss as a child process; it cannot be run alone.');
  // A parent that dies, however it dies, closes the channel. Under Electron the utility process is ended for us.
  process.once('disconnect', () => process.exit(1));
  return {
    send: (message) => void send(message, undefined, undefined, () => {}),
    onMessage: (listener) => void process.on('message', listener),
  };
}
