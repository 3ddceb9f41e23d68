// What the desktop adds; undefined in a browser.
import type { Desktop } from '../shared/desktop.ts';

declare global {
  interface Window {
    readonly toploss?: Desktop;
  }
}

export const desktop: Desktop | undefined = window.toploss;
