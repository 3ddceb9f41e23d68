// What a command of the command line is: its options, its help, and what it does. Parsing is node:util's.
import { parseArgs } from 'node:util';
import { table } from './table.ts';

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help: PATH. */
  readonly value?: string;
  readonly help: string;
}

/** What a command gets besides its arguments. */
export interface Context {
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Writes a result: standard output. */
  print(line: string): void;
  /** Writes a message: standard error. */
  say(line: string): void;
}

export interface Command {
  readonly name: string;
  /** The arguments, as in `DATASET VERDICTS.csv`; those in brackets may be left out. */
  readonly args: readonly string[];
  readonly summary: string;
  /** More lines for `--help`. */
  readonly details?: string;
  readonly options: Readonly<Record<string, Option>>;
  run(given: Given, context: Context): Promise<void>;
}

/** The arguments and options of one call, checked against the command. */
export interface Given {
  /** An argument by its place; those that the command needs are always there. */
  arg(index: number): string;
  optionalArg(index: number): string | null;
  text(option: string): string | undefined;
  flag(option: string): boolean;
  /** A whole number; wrong usage where it is none. */
  integer(option: string): number | undefined;
}

/** Wrong usage: exit status 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** Options that several commands share. */
export const projectOption = {
  project: {
    type: 'string',
    value: 'DIR',
    help: 'keep labels and caches there instead of beside the data set',
  },
} satisfies Record<string, Option>;

export const sourceOptions = {
  labels: { type: 'string', value: 'FILE.csv', help: 'labels from a CSV: path,label[,split]' },
  pattern: {
    type: 'string',
    value: 'REGEX',
    help: 'labels from the paths: a regular expression with the group (?<label>…), optionally (?<split>…)',
  },
  'path-column': { type: 'string', value: 'NAME', help: "the CSV's column of paths, if not “path”" },
  'label-column': { type: 'string', value: 'NAME', help: "the CSV's column of labels, if not “label”" },
  'split-column': { type: 'string', value: 'NAME', help: "the CSV's column of splits, if not “split”" },
} satisfies Record<string, Option>;

export const trainOptions = {
  backbone: {
    type: 'string',
    value: 'PATH|NAME',
    help: 'a name (see: toploss backbones) or a model (file or folder); default: the last one, else efficientnet-lite2',
  },
  engine: {
    type: 'string',
    value: 'NAME',
    help: 'what to compute on, see: toploss engines; default: the best available',
  },
  'one-view': {
    type: 'boolean',
    help: 'without the mirror images: half the time for features, a little less precise',
  },
  seed: {
    type: 'string',
    value: 'N',
    help: 'for everything random; default: the last one, else 1',
  },
} satisfies Record<string, Option>;

export function parse(command: Command, argv: readonly string[]): Given {
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(command.options).map(([name, { type }]) => [name, { type }]),
      ),
    });
  } catch (error) {
    // The first sentence says it; the rest is about Node's own conventions.
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/\. |\n/)[0] ?? message);
  }
  const { values, positionals } = parsed;
  const needed = command.args.filter((name) => !name.startsWith('[')).length;
  if (positionals.length < needed) throw new UsageError(`${command.args[positionals.length]} is missing`);
  if (positionals.length > command.args.length) {
    throw new UsageError(`there is one argument too many: ${positionals[command.args.length]}`);
  }
  const text = (option: string) => {
    const value = values[option];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    arg: (index) => positionals[index] ?? '',
    optionalArg: (index) => positionals[index] ?? null,
    text,
    flag: (option) => values[option] === true,
    integer(option) {
      const value = text(option);
      if (value === undefined) return undefined;
      if (!/^\d{1,9}$/.test(value)) throw new UsageError(`--${option} takes a whole number, not ${value}`);
      return Number(value);
    },
  };
}

export function usage({ name, args, options }: Command): string {
  return [`toploss ${name}`, ...args, ...(Object.keys(options).length > 0 ? ['[options]'] : [])].join(' ');
}

export function help(command: Command): string {
  const rows = Object.entries(command.options).map(([name, { value, help }]) => [
    `  --${name}${value ? ` ${value}` : ''}`,
    help,
  ]);
  return [
    `usage: ${usage(command)}`,
    '',
    command.summary,
    ...(command.details ? ['', command.details] : []),
    '',
    ...table([...rows, ['  -h, --help', 'this text']]),
  ].join('\n');
}
