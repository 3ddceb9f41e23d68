// Decides, before any routing, whether a request to the loopback server may pass. Pure: no sockets, no files.
// Other web pages, other programs' pages on this machine and rebound DNS names are all kept out here.
import { pictureKeyName } from '../images/addresses.ts';
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
  readonly authorization: string | null | undefined;
}

export type Admission =
  | { readonly kind: 'pass' }
  /** The body of the request is a token, to be exchanged for the session's secret. */
  | { readonly kind: 'enter' }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 405 | 415; readonly message: string };

const localNames: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
/** The page's own files, which tell nobody anything, and are there before the page can show that it may come in. */
const pageFiles = /^\/(assets\/[\w.-]+)?$/;
const pictures = /^\/(thumb|image|batch|preview)\//;

const sentences = {
  host: 'Toploss answers only on 127.0.0.1 or localhost. Open the link that it printed when it started.',
  foreign: 'Toploss is not opened from other pages. Paste the link that it printed into the address bar.',
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

  const [path = '', query] = visit.target.split('?', 2);
  const enters = visit.method === 'POST' && path === '/session';
  if (!enters && !mayPass(visit, path, query, session)) return refuse(403, sentences.unknown);
  if (visit.method === 'POST' && !isJson(visit.contentType)) return refuse(415, sentences.json);
  return { kind: enters ? 'enter' : 'pass' };
}

function mayPass(visit: Visit, path: string, query: string | undefined, session: Session): boolean {
  if (session.recognises(visit.authorization)) return true;
  if (visit.method !== 'GET') return false;
  return (
    pageFiles.test(path) ||
    (pictures.test(path) && session.mayShow(new URLSearchParams(query).get(pictureKeyName)))
  );
}

function refuse(status: 400 | 403 | 405 | 415, message: string): Admission {
  return { kind: 'refuse', status, message };
}

/** Any port: a tunnel may change it. */
function isLocal(host: string): boolean {
  return localNames.has(host.replace(/:\d+$/, '')) && URL.canParse(`http://${host}`);
}

function isJson(contentType: string | null | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json';
}
