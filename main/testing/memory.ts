// How much memory processes have.
import { readFileSync } from 'node:fs';

/**
 * Resident memory of a process and all its descendants, now. Pages that they share (the Node binary) count in each,
 * so the sum is not less than the truth.
 */
export function residentBytes(pid: number): number {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
    return children.reduce((sum, child) => sum + residentBytes(Number(child)), Number(kilobytes ?? 0) * 1024);
  } catch {
    // It has ended meanwhile, or this system has no /proc.
    return 0;
  }
}
