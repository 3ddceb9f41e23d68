// Entry of a thread that ends its process when the parent has died: the main thread may be computing, and then it
// hears nothing of a channel that was closed.
import { workerData } from 'node:worker_threads';

const parent: unknown = workerData;

setInterval(() => {
  if (process.ppid !== parent || !isAlive(parent)) process.kill(process.pid, 'SIGKILL');
}, 1_000);

/** Windows names the same parent for ever. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH';
  }
}
