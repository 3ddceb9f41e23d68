// Which keys do what, here: the one list of shortcuts with the keys that the user prefers, remembered on this machine.
import { keyName, type Place, type Shortcut, shortcuts } from './keys.ts';

const storageKey = 'keys';
type OwnKeys = Readonly<Record<string, readonly string[]>>;

export class Keymap {
  #own: OwnKeys = $state.raw(remembered());
  readonly list: readonly Shortcut[] = $derived.by(() =>
    shortcuts.map((shortcut) => ({ ...shortcut, keys: this.#own[shortcut.name] ?? shortcut.keys })),
  );

  get isChanged(): boolean {
    return Object.keys(this.#own).length > 0;
  }

  /** What acts in one place. */
  in(place: Place): readonly Shortcut[] {
    return this.list.filter((shortcut) => placesOf(shortcut).includes(place));
  }

  /** The first key of a shortcut as it is printed on a keyboard. */
  key(name: string): string {
    return keyName(this.list.find((shortcut) => shortcut.name === name)?.keys[0] ?? '');
  }

  change(name: string, keys: readonly string[]): void {
    this.#remember({ ...this.#own, [name]: keys });
  }

  reset(): void {
    this.#remember({});
  }

  /** Another shortcut that takes one of this one's keys in a place where both act: the first of them wins. */
  conflictOf(shortcut: Shortcut): Shortcut | undefined {
    if (shortcut.fixed) return undefined;
    const keys = shortcut.keys.map(folded);
    return this.list.find(
      (other) =>
        other.name !== shortcut.name &&
        placesOf(other).some((place) => placesOf(shortcut).includes(place)) &&
        other.keys.some((key) => keys.includes(folded(key))),
    );
  }

  /** Letters that act by themselves in the list: classes that begin with one of them need the picker's own key. */
  get lettersTaken(): readonly string[] {
    const letter = /^\p{L}$/u;
    return this.in('list').flatMap(({ keys }) => keys.filter((key) => letter.test(key)).map(keyName));
  }

  #remember(own: OwnKeys): void {
    this.#own = own;
    localStorage.setItem(storageKey, JSON.stringify(own));
  }
}

const folded = (key: string): string => key.toLowerCase();
const placesOf = ({ places = ['list'] }: Shortcut): readonly Place[] => places;

/** What an older version or a hand may have left there must not break the keys. */
function remembered(): OwnKeys {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return {};
    return Object.fromEntries(
      Object.entries(stored).filter(
        (entry): entry is [string, string[]] =>
          Array.isArray(entry[1]) && entry[1].every((key) => typeof key === 'string'),
      ),
    );
  } catch {
    return {};
  }
}
