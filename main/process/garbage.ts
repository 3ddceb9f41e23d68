// V8 collects garbage when its heap grows, and pictures lie outside of it: before work that takes much memory we ask for
// what the work before has left.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Takes some tens of milliseconds. */
export const collectGarbage = runInNewContext('gc') as () => void;
