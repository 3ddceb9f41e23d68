// Where the window may go: the app's own page and nowhere else. Pure; Electron asks through main.ts.

export const scheme = 'app';
const host = 'toploss';
export const home = `${scheme}://${host}/`;

/** Whether a URL is of the app's own origin. A page, a redirect and the sender of a message are held to the same rule. */
export function decideNavigation(url: string): 'allow' | 'deny' {
  // A browser drops tabs and line breaks from a URL; whatever needs such mercy is not ours.
  if (!url.startsWith(home) || !URL.canParse(url)) return 'deny';
  const parsed = new URL(url);
  return parsed.protocol === `${scheme}:` && parsed.host === host && parsed.username === ''
    ? 'allow'
    : 'deny';
}

/** New windows: none, and nothing is handed to the system's browser or to another program either. */
export function decideOpen(_url: string): { action: 'deny' } {
  return { action: 'deny' };
}
