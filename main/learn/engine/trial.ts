// Entry of a process that opens one engine and says how that went. A driver that crashes or hangs does so here.
import { connectToParent } from '../../process/parent.ts';
import { Failure } from '../../../shared/failure.ts';
import type { EngineName } from '../../../shared/training.ts';
import { openEngine } from './engine.ts';

/** What the process answers with. */
export type Trial =
  | {
      readonly name: EngineName;
      readonly device: string;
      readonly passedOver: readonly { readonly name: EngineName; readonly reason: string }[];
    }
  | { readonly problem: string };

const parent = connectToParent();

parent.onMessage((message) => {
  const { wanted } = message as { readonly wanted: EngineName | null };
  openEngine(wanted).then(
    (engine) => parent.send(engine satisfies Trial),
    (error: unknown) => parent.send({ problem: describe(error) } satisfies Trial),
  );
});

function describe(error: unknown): string {
  if (error instanceof Failure) return error.message;
  return `It could not be opened: ${error instanceof Error ? error.message : String(error)}.`;
}
