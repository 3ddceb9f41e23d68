// How much memory processes have.
import { existsSync, readFileSync } from 'node:fs';

/** Only Linux tells. */
export const canMeasureMemory = existsSync('/proc/self/smaps_rollup');

/**
 * Resident memory of a process and all its descendants, now. Pages that they share (the Node binary) count in each,
 * so the sum is not less than the truth. Told in no time.
 */
export function residentBytes(pid: number): number {
  return sumOfTree(pid, (each) => kilobytes(`/proc/${each}/status`, /^VmRSS:\s+(\d+) kB$/m));
}

/** As `residentBytes`, but pages that are shared count once. Takes milliseconds. */
export function proportionalBytes(pid: number): number {
  return sumOfTree(pid, (each) => kilobytes(`/proc/${each}/smaps_rollup`, /^Pss:\s+(\d+) kB$/m));
}

function sumOfTree(pid: number, bytesOf: (pid: number) => number): number {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + sumOfTree(Number(child), bytesOf), bytesOf(pid));
  } catch {
    // It has ended meanwhile, or this system has no /proc.
    return 0;
  }
}

function kilobytes(file: string, line: RegExp): number {
  return Number(line.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) * 1024;
}
