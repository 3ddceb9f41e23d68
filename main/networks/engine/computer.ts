import { cpus, totalmem } from 'node:os';

/** What an engine computes on, for the user. */
export interface Computer {
  /** With its driver where it has one: "WebAssembly with SIMD, 1 thread, on AMD EPYC 7763". */
  readonly device: string;
  /** "24 GB"; null where the driver does not tell. */
  readonly memory: string | null;
}

/** This machine's processor. @param software that computes on it. */
export function onCpu(software: string, threads: number): Computer {
  const model = cpus()[0]?.model.trim() ?? 'this CPU';
  return {
    device: `${software}, ${threads} ${threads === 1 ? 'thread' : 'threads'}, on ${model}`,
    memory: `${(totalmem() / 1e9).toFixed(0)} GB`,
  };
}
