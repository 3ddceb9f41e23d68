// What the command line names for the window to open: written as arguments of Electron there, and read back here.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Named {
  /** A data set to open at once. */
  readonly dataset: string | null;
  /** The folder of its project; undefined: the usual one. */
  readonly projectFolder?: string | undefined;
}

export function toArguments({ dataset, projectFolder }: Named): string[] {
  return [
    ...(dataset === null ? [] : [dataset]),
    ...(projectFolder === undefined ? [] : [`--project=${projectFolder}`]),
  ];
}

/** Other options are Electron's own. */
export function fromArguments(args: readonly string[]): Named {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { project: { type: 'string' } },
    allowPositionals: true,
    strict: false,
  });
  const { project } = values;
  return {
    dataset: positionals[0] === undefined ? null : resolve(positionals[0]),
    projectFolder: typeof project === 'string' ? resolve(project) : undefined,
  };
}
