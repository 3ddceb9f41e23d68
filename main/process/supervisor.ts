// Watches over the children that are started for one purpose: ends one that hangs, and stops starting new ones when
// they keep dying, and gives them their turns. Knows nothing of what they compute.
import { Failure } from '../../shared/failure.ts';
import type { Child, Spawn } from './child.ts';
import { heartbeat, heartbeatMs } from './heartbeat.ts';
import { giveTurnsTo, isAboutTurns } from './turns.ts';

export interface Clock {
  /** Milliseconds since any moment. */
  now(): number;
  /** Calls back again and again, until what it returns is called. */
  every(milliseconds: number, tick: () => void): () => void;
}

const systemClock: Clock = {
  now: () => performance.now(),
  every(milliseconds, tick) {
    const timer = setInterval(tick, milliseconds).unref();
    return () => clearInterval(timer);
  },
};

/** Longer than anything that is computed in one go, on a slow machine too: a child that computes says nothing. */
export const patienceMs = 5 * 60_000;
/** So many deaths within so long are no accident any more. */
const deathsAllowed = 3;
const deathsRememberedMs = 5 * 60_000;

export class Supervisor {
  readonly #spawn: Spawn;
  readonly #name: string;
  readonly #clock: Clock;
  #deaths: { readonly at: number; readonly reason: string }[] = [];

  /** @param name of the process, at the beginning of a sentence: "The training process". */
  constructor(spawn: Spawn, name: string, clock = systemClock) {
    this.#spawn = spawn;
    this.#name = name;
    this.#clock = clock;
  }

  /**
   * Starts a child. Heartbeats and turns are kept from its listeners.
   * @throws Failure `trainer` where three have died within five minutes, until `forgive`.
   */
  start(module: URL): Child {
    this.#refuseCrashLoop();
    const child = this.#spawn(module);
    giveTurnsTo(child);
    let wasAsked = false;
    const stopWatching = this.#watch(child);
    const exited = new Promise<string>((resolve) => {
      child.onExit((how) => {
        const isHang = stopWatching();
        const reason = isHang ? `it had not responded for ${patienceMs / 60_000} minutes, ${how}` : how;
        if (isHang || !wasAsked) this.#deaths.push({ at: this.#clock.now(), reason });
        resolve(reason);
      });
    });
    return {
      get pid() {
        return child.pid;
      },
      send: (message) => child.send(message),
      onMessage: (listener) =>
        child.onMessage((message) => {
          if (message !== heartbeat && !isAboutTurns(message)) listener(message);
        }),
      onExit: (listener) => void exited.then(listener),
      kill() {
        wasAsked = true;
        child.kill();
      },
    };
  }

  /** For when a person asks to try again, or the cause is known and out of the way: deaths so far do not count. */
  forgive(): void {
    this.#deaths = [];
  }

  #refuseCrashLoop(): void {
    const since = this.#clock.now() - deathsRememberedMs;
    this.#deaths = this.#deaths.filter(({ at }) => at >= since);
    const last = this.#deaths.at(-1);
    if (!last || this.#deaths.length < deathsAllowed) return;
    throw new Failure(
      'trainer',
      `${this.#name} ended ${deathsAllowed} times within ${deathsRememberedMs / 60_000} minutes (${last.reason}) and is not restarted automatically. ` +
        'Your labels are safe, and verdicts are stored as before. Start a new run to try once more.',
    );
  }

  /** Ends the child after a long silence. @returns what stops it, and says whether the child hung. */
  #watch(child: Child): () => boolean {
    let silence = 0;
    let last = this.#clock.now();
    let isHang = false;
    child.onMessage(() => (silence = 0));
    const stop = this.#clock.every(heartbeatMs, () => {
      const now = this.#clock.now();
      // A longer gap between two ticks is ours: the machine slept, or we were held up. The child may have been, too.
      silence += Math.min(now - last, 2 * heartbeatMs);
      last = now;
      if (silence < patienceMs || isHang) return;
      isHang = true;
      child.kill();
    });
    return () => {
      stop();
      return isHang;
    };
  }
}
