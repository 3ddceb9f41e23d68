// What takes much memory is done one at a time, over all processes and threads of the app: a child asks its parent for
// its turn, a thread the process that it is in. Where there is no parent, the turns are those of this process.
import { collectGarbage } from './garbage.ts';
import type { Line } from './line.ts';
import { Room } from './room.ts';

const asked = 'toploss: asks for its turn';
const granted = 'toploss: it is its turn';
const over = 'toploss: its turn is over';

const turns = new Room(1);
const waiting: (() => void)[] = [];
let ask: Line | null = null;

/** Whether a message is about turns, and nothing to its other listeners. */
export function isAboutTurns(message: unknown): boolean {
  return message === asked || message === granted || message === over;
}

/** From now on, turns are those that are given at the other end of this line. */
export function takeTurnsFrom(giver: Line): void {
  ask = giver;
  giver.onMessage((message) => {
    if (message === granted) waiting.shift()?.();
  });
}

/** Does the work when it is its turn. Every process on the way gives back first what it can. */
export async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const giver = ask;
  if (!giver)
    return turns.within(1, () => {
      collectGarbage();
      return work();
    });
  await new Promise<void>((begin) => {
    waiting.push(begin);
    giver.send(asked);
  });
  try {
    collectGarbage();
    return await work();
  } finally {
    giver.send(over);
  }
}

/** Gives turns to whatever is at the other end of this line. One that has ended has none any more. */
export function giveTurnsTo({
  send,
  onMessage,
  onExit,
}: Line & { onExit(listener: () => void): void }): void {
  let end: (() => void) | null = null;
  let hasEnded = false;
  onExit(() => {
    hasEnded = true;
    end?.();
  });
  onMessage((message) => {
    if (message === over) end?.();
    if (message !== asked) return;
    void inTurn(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
          if (hasEnded) resolve();
          else send(granted);
        }),
    );
  });
}
