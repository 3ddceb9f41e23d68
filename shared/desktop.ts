// What the preload adds to the page on the desktop: only what a browser cannot do.
export interface Desktop {
  /** The native dialog; null where the user cancelled. */
  chooseDataset(): Promise<string | null>;
  /** Absolute path of a dropped file or folder (a DOM `File`, which shared/ has no type for). */
  pathOf(file: { readonly name: string }): string;
  showInFolder(path: string): Promise<void>;
}
