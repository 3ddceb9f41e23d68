// Names for files and folders that hold on every system: a class may be called "CON" or "a/b", a folder may not.
import path from 'node:path';

/** What the common file systems allow for one name. */
const maximumBytes = 255;

/** Gives out names within one tree, each once. Two names that differ by case or Unicode form alone count as the same. */
export class FolderNames {
  /** For each folder: the names that are taken in it, with the number that was last given to each. */
  readonly #taken = new Map<string, Map<string, number>>();
  readonly #folders = new Map<string, string>();
  readonly #renamed = new Map<string, string>();
  #numbered = 0;

  /** The folder for these names, one below the other; nulls are left out. Relative, with the system's separator. */
  folder(names: readonly (string | null)[]): string {
    let folder = '';
    for (const name of names) {
      if (name === null) continue;
      const key = JSON.stringify([folder, name]);
      let given = this.#folders.get(key);
      if (given === undefined) {
        given = this.#take(folder, safeName(name), '');
        this.#folders.set(key, given);
        if (given !== name) this.#renamed.set(name, given);
      }
      folder = path.join(folder, given);
    }
    return folder;
  }

  /** A path for a file of that name in `folder`, numbered before its extension where the name is taken. */
  file(folder: string, name: string): string {
    const extension = path.extname(name);
    const given = this.#take(folder, name.slice(0, name.length - extension.length), extension);
    if (given !== name) this.#numbered += 1;
    return path.join(folder, given);
  }

  /** What had to be changed, a sentence each. */
  notes(): string[] {
    const notes = [...this.#renamed].map(
      ([name, given]) =>
        `The folder for "${name}" is called "${given}": its own name is taken or no folder can have it.`,
    );
    if (this.#numbered > 0)
      notes.push(
        `${this.#numbered === 1 ? '1 image is' : `${this.#numbered} images are`} numbered because another of the same name lies in the same folder.`,
      );
    return notes;
  }

  #take(folder: string, stem: string, extension: string): string {
    const taken = this.#taken.get(folder) ?? new Map<string, number>();
    this.#taken.set(folder, taken);
    const wanted = fold(stem + extension);
    let name = stem + extension;
    let number = taken.get(wanted) ?? 1;
    while (taken.has(fold(name))) {
      number += 1;
      const ending = `-${number}${extension}`;
      name = shorten(stem, maximumBytes - Buffer.byteLength(ending)) + ending;
    }
    taken.set(fold(name), 1).set(wanted, number);
    return name;
  }
}

/** As file systems that ignore case compare names. */
function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A name that a folder can have on Linux, macOS and Windows, and that is not hidden. */
function safeName(name: string): string {
  const safe = name
    // oxlint-disable-next-line no-control-regex -- control characters are what it replaces
    .replace(/[\u0000-\u001f\u007f/\\<>:"|?*]/g, '_')
    .replace(/^\./, '_')
    .replace(/[. ]+$/, '_');
  // Windows keeps these names for devices, with any extension.
  const isDevice = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(safe);
  return shorten(isDevice ? `_${safe}` : safe, maximumBytes);
}

/** The longest beginning of `text` that takes at most that many bytes, without half characters. */
function shorten(text: string, bytes: number): string {
  const characters = [...text];
  while (Buffer.byteLength(characters.join('')) > bytes) characters.pop();
  return characters.join('');
}
