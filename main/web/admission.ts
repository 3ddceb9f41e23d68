// Decides, before any routing, whether a request to the loopback server may pass. Pure: no sockets, no files.
// Other web pages, other programs' pages on this machine and rebound DNS names are all kept out here.
import type { Session } from './session.ts';

/** What the decision depends on. Header values are as received; `null` where a header came more than once. */
export interface Visit {
  readonly method: string;
  /** The request target: path and query. */
  readonly target: string;
  readonly host: string | null | undefined;
  readonly origin: string | null | undefined;
  readonly fetchSite: string | null | undefined;
  readonly contentType: string | null | undefined;
  readonly cookies: string | undefined;
}

export type Admission =
  | { readonly kind: 'pass' }
  /** The token was right: set the cookie and go on without it. */
  | { readonly kind: 'enter'; readonly cookie: string | null }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 405 | 415; readonly message: string };

const localNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const sentences = {
  host: 'Toploss answers only on 127.0.0.1 or localhost. Open the link that it printed when it started.',
  foreign: 'Toploss is not opened from other pages. Paste the link that it printed into the address bar.',
  used: 'This link has been used: it opens Toploss once. Go back to that browser window, or stop Toploss and start it again for a new link. Your labels are stored.',
  unknown:
    'This browser has not been let in. Open the link that Toploss printed when it started; if it has been used, stop Toploss and start it again for a new one. Your labels are stored.',
  method: 'Toploss answers GET and POST only.',
  json: 'A call is sent as application/json.',
  target: 'Not a path.',
} as const;

export function admit(visit: Visit, session: Session): Admission {
  if (!visit.host || !isLocal(visit.host)) return refuse(403, sentences.host);
  if (visit.origin !== undefined && visit.origin !== `http://${visit.host}`)
    return refuse(403, sentences.foreign);
  // Another port of this machine is "same-site" to a browser, and no friend of ours.
  if (visit.fetchSite !== undefined && visit.fetchSite !== 'same-origin' && visit.fetchSite !== 'none') {
    return refuse(403, sentences.foreign);
  }
  if (visit.method !== 'GET' && visit.method !== 'POST') return refuse(405, sentences.method);
  if (!visit.target.startsWith('/')) return refuse(400, sentences.target);

  const known = session.recognises(visit.cookies);
  const token = visit.method === 'GET' ? tokenOf(visit.target) : null;
  if (token !== null) {
    if (known) return { kind: 'enter', cookie: null };
    const cookie = session.redeem(token);
    return cookie ? { kind: 'enter', cookie } : refuse(403, sentences.used);
  }
  if (!known) return refuse(403, sentences.unknown);
  if (visit.method === 'POST' && !isJson(visit.contentType)) return refuse(415, sentences.json);
  return { kind: 'pass' };
}

function refuse(status: 400 | 403 | 405 | 415, message: string): Admission {
  return { kind: 'refuse', status, message };
}

/** Any port: a tunnel may change it. */
function isLocal(host: string): boolean {
  return localNames.has(host.replace(/:\d+$/, '')) && URL.canParse(`http://${host}`);
}

function tokenOf(target: string): string | null {
  const [path, query] = target.split('?', 2);
  return path === '/' && query !== undefined ? new URLSearchParams(query).get('token') : null;
}

function isJson(contentType: string | null | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
