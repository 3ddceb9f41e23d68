// Whether one path lies under another, by their names alone.
import path from 'node:path';

/** Whether `inner` is `outer` or lies somewhere below it. Both absolute, without links. */
export function isWithin(inner: string, outer: string): boolean {
  const relative = path.relative(outer, inner);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}
