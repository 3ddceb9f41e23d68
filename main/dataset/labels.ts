// The label and split that a relative path says: by its folders, or by a pattern that the user wrote.
import vm from 'node:vm';
import { Failure } from '../../shared/failure.ts';
import { errorCode } from '../files/reason.ts';
import type { Labelled } from '../formats/labelled.ts';

interface Located {
  /** Relative to the data set's root, with `/`. */
  readonly path: string;
}

const splitNames = new Set(['train', 'training', 'valid', 'val', 'validation', 'test', 'testing']);
/** For the whole data set. A sane pattern takes about a microsecond per path. */
const patternMilliseconds = 2_000;

/**
 * Labels by folder: the label is the name of the folder that the file lies in. Files at the top have none.
 *
 * A folder at the top named `train`, `valid`, `val`, `validation`, `test`, `training` or `testing` (in any case) is a
 * split instead of a class where it has folders of its own, or where every folder at the top has such a name; files
 * directly in a split have no label. So `train/rose/1.jpg` is a rose of the split `train`, while `train/1.jpg` beside
 * `boat/2.jpg` shows a train.
 */
export function labelsByFolder<File extends Located>(files: readonly File[]): (File & Labelled)[] {
  const foldersOf = (file: File) => file.path.split('/').slice(0, -1);
  const tops = new Set<string>();
  const nested = new Set<string>();
  for (const [top, second] of files.map(foldersOf)) {
    if (top !== undefined) tops.add(top);
    if (top !== undefined && second !== undefined) nested.add(top);
  }
  const onlySplits = [...tops].every(isSplitName);
  const splits = new Set([...tops].filter((top) => isSplitName(top) && (onlySplits || nested.has(top))));
  return files.map((file) => {
    const folders = foldersOf(file);
    const split = folders[0] !== undefined && splits.has(folders[0]) ? folders[0] : null;
    const parent = folders.slice(split === null ? 0 : 1).at(-1);
    return { ...file, label: parent === undefined ? [] : [parent], split };
  });
}

/**
 * Labels by pattern: a JavaScript regular expression (Unicode mode) with a named group `label` and, optionally, `split`,
 * searched in each relative path. A path that it does not match, or where the group is empty, has no label.
 *
 * The pattern runs under a time limit of two seconds for all paths, so that one that backtracks without end cannot
 * hang the process.
 *
 * Throws `bad-labels` where it is not a regular expression, has no group `label`, matches no path at all, or runs out
 * of time.
 */
export function labelsByPattern<File extends Located>(
  pattern: string,
  files: readonly File[],
): (File & Labelled)[] {
  if (!groupNames(pattern).includes('label'))
    throw new Failure(
      'bad-labels',
      `The pattern ${pattern} has no group named "label". Mark the part of the path that is the label: (?<label>…).`,
    );
  const labelled: (File & Labelled)[] = [];
  const add = (file: File, groups: { readonly label?: string; readonly split?: string } = {}) =>
    void labelled.push({ ...file, label: groups.label ? [groups.label] : [], split: groups.split || null });
  // Only a script in a context of its own can be stopped in the middle of a match.
  const script = `
    const regex = new RegExp(pattern, 'u');
    for (const file of files) add(file, regex.exec(file.path)?.groups);`;
  try {
    vm.runInNewContext(script, { pattern, files, add }, { timeout: patternMilliseconds });
  } catch (error) {
    if (errorCode(error) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Failure(
      'bad-labels',
      `The pattern ${pattern} takes too long: stopped after ${patternMilliseconds / 1000} seconds. ` +
        'Nested repetitions such as (a+)+ try every way to divide a path; write it without them.',
      { cause: error },
    );
  }
  const [first] = labelled;
  if (first !== undefined && labelled.every(({ label }) => label.length === 0))
    throw new Failure(
      'bad-labels',
      `The pattern ${pattern} finds no label in any of the ${labelled.length} paths, the first of which is "${first.path}". ` +
        'It is matched against paths relative to the data set, with "/" between folders.',
    );
  return labelled;
}

function isSplitName(name: string): boolean {
  return splitNames.has(name.toLowerCase());
}

function groupNames(pattern: string): string[] {
  try {
    const { source } = new RegExp(pattern, 'u');
    // With an empty alternative it matches anything, and the match names the groups.
    return Object.keys(new RegExp(`${source}|`, 'u').exec('')?.groups ?? {});
  } catch (error) {
    const hint = pattern.includes('(?P<') ? ' JavaScript writes (?<label>…) without the P.' : '';
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('bad-labels', `The pattern is not a regular expression: ${reason}.${hint}`, {
      cause: error,
    });
  }
}
