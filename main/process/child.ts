// A child process as the rest of the app sees it, whichever shell started it. Knows nothing of what the child computes.

export interface Child {
  readonly pid: number | undefined;
  /** Structured-cloned. Dropped where the child has ended: its exit tells. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, with the reason as part of a sentence: "killed by SIGKILL", "exit status 3: out of memory". */
  onExit(listener: (reason: string) => void): void;
  /** SIGTERM, and SIGKILL for a child that has not ended after five seconds. */
  kill(): void;
}

/** Starts a TypeScript module of this project, named by its source: `new URL('./trainer.ts', import.meta.url)`. */
export type Spawn = (module: URL) => Child;

const patience = 5_000; // milliseconds
const tailLength = 8_000; // characters: V8's account of an exhausted heap is long

/** The module as it lies on disk: itself in the source tree, its JavaScript in the built one. */
export function built(module: URL): URL {
  return import.meta.url.endsWith('.ts') ? module : new URL(module.href.replace(/\.ts$/, '.js'));
}

/** The end of a child: asked for in two steps, and told once to every listener, late ones included. */
export function ending(signal: (name: 'SIGTERM' | 'SIGKILL') => void) {
  let timer: NodeJS.Timeout | undefined;
  let reason: string | undefined;
  const listeners: ((reason: string) => void)[] = [];
  return {
    kill(): void {
      if (timer !== undefined || reason !== undefined) return;
      signal('SIGTERM');
      timer = setTimeout(() => signal('SIGKILL'), patience);
    },
    onExit(listener: (reason: string) => void): void {
      if (reason === undefined) listeners.push(listener);
      else listener(reason);
    },
    ended(why: string): void {
      if (reason !== undefined) return;
      reason = why;
      clearTimeout(timer);
      for (const listener of listeners) listener(why);
    },
  };
}

/** Passes a child's standard error on to ours, and keeps its end for the reason. */
export function errorTail(stream: NodeJS.ReadableStream | null): () => string {
  let tail = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (text: string) => {
    process.stderr.write(text);
    tail = (tail + text).slice(-tailLength);
  });
  return () => tail;
}

export function exitReason(code: number | null, signal: string | null, errors: string): string {
  const how = signal ? `killed by ${signal}` : `exit status ${code}`;
  const lines = errors
    .trim()
    .split('\n')
    .map((line) => line.trim());
  // Of a stack trace, the line that says what went wrong.
  const last = lines.findLast((line) => /^(\w*(Error|Failure)\b.*|FATAL ERROR):/.test(line)) ?? lines.at(-1);
  return last ? `${how}: ${last}` : how;
}

/**
 * Ours, and what makes glibc give memory back to the system as soon as it is free: what has decoded a few large pictures
 * would hold on to 100 MB and more. It costs no time that could be measured. Other systems do not know these names.
 */
export const childEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '200000',
  MALLOC_TRIM_THRESHOLD_: '200000',
});

/** V8 lets the part of the heap for what is new grow to 32 MB, which pays for no work that children do. */
export const childArguments = ['--max-semi-space-size=2'];
