// What a trainer process knows of files that may kill it: those that killed others before it, and those that were being
// decoded when one died.
export interface Care {
  /** Where the files are written down that are being decoded. */
  readonly inFlight: string;
  /** Absolute paths: decoded alone, so that one that kills again is found out. */
  readonly suspects: readonly string[];
  /** Not decoded any more, and why. */
  readonly deadly: readonly { readonly file: string; readonly reason: string }[];
}

let current: Care | null = null;

/** For all that is read in this process from now on. */
export function takeCare(care: Care): void {
  current = care;
}

export function careNow(): Care | null {
  return current;
}

/**
 * What the next process has to know after one died while files were being decoded. A file is to blame that was decoded
 * alone at the second death; all that were in flight at the first are suspects.
 * @returns null where nothing was being decoded: then a decoder is not to blame.
 */
export function careAfter(care: Care, inFlight: readonly string[], reason: string): Care | null {
  const [file] = inFlight;
  if (file === undefined) return null;
  if (inFlight.length === 1 && care.suspects.includes(file)) {
    return {
      ...care,
      suspects: care.suspects.filter((suspect) => suspect !== file),
      deadly: [...care.deadly, { file, reason: `damaged: its decoder crashes (${reason})` }],
    };
  }
  return { ...care, suspects: inFlight };
}
