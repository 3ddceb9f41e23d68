// Finds the command, runs it, and turns how it ended into an exit status.
import { Failure } from '../../shared/failure.ts';
import { help, parse, usage, UsageError, type Command } from './command.ts';
import { commands } from './commands/index.ts';
import { table } from './table.ts';

export const exitStatus = { done: 0, failed: 1, usage: 2, cancelled: 130 } as const;

/** Runs what the arguments say, and gives the exit status. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const topic = commands.find((command) => command.name === rest[0]);
    (name === undefined ? say : print)(topic ? help(topic) : overview());
    return name === undefined ? exitStatus.usage : exitStatus.done;
  }
  if (name === '--version') {
    const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
    print(manifest.version);
    return exitStatus.done;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) {
    say(`toploss: there is no command “${name}”. See: toploss --help`);
    return exitStatus.usage;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    print(help(command));
    return exitStatus.done;
  }
  return run(command, rest);
}

async function run(command: Command, argv: readonly string[]): Promise<number> {
  const controller = new AbortController();
  const cancel = () => controller.abort(new Failure('cancelled', 'Cancelled. What was finished is kept.'));
  process.once('SIGINT', cancel);
  process.once('SIGTERM', cancel);
  try {
    await command.run(parse(command, argv), { signal: controller.signal, print, say });
    return exitStatus.done;
  } catch (error) {
    if (error instanceof UsageError) {
      say(`toploss ${command.name}: ${error.message}\nusage: ${usage(command)}`);
      return exitStatus.usage;
    }
    // A library that was stopped may throw an error of its own.
    const failure: unknown = error instanceof Failure ? error : controller.signal.reason;
    if (failure instanceof Failure) {
      say(`toploss ${command.name}: ${failure.message}`);
      return failure.code === 'cancelled' ? exitStatus.cancelled : exitStatus.failed;
    }
    say(
      `toploss ${command.name}: something went wrong that should not have. Labels that were stored are safe. Please report this:`,
    );
    console.error(error);
    return exitStatus.failed;
  }
}

function overview(): string {
  const rows = commands.map(({ name, args, summary }) => [`  toploss ${[name, ...args].join(' ')}`, summary]);
  return [
    'Toploss finds the wrong labels in a data set of images: it trains a baseline and lists the images with the highest loss.',
    '',
    ...table(rows),
    '',
    'DATASET is a folder of images or a CSV. Each command explains itself: toploss rank --help',
    'Exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.',
  ].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
