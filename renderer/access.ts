// How the page of a browser shows that it may come in: by a secret that it was given for the token in the printed link.
// It lies in the storage of this origin, port included, where a reload and a second tab find it; a cookie would go to
// every port of this machine. In the desktop window there is no one else, and no secret.
import type { Send } from './client.ts';

const secretKey = 'session';

/** `fetch` with the session's secret. Takes a token out of the address first, and exchanges it. */
export function withAccess(send: Send = fetch): Send {
  let entering: Promise<string | null> | null = null;
  return async (input, init) => {
    entering ??= enter(send).catch((error: unknown) => {
      entering = null;
      throw error;
    });
    const refused = await entering;
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${localStorage.getItem(secretKey) ?? ''}`);
    const response = await send(input, { ...init, headers });
    // The link had been used, and not by this browser: that says more than that it has no secret.
    return response.status === 403 && refused !== null ? new Response(refused, { status: 403 }) : response;
  };
}

/** @returns why the token of the link was not taken; null where there was none, or it was. */
async function enter(send: Send): Promise<string | null> {
  const token = location.hash.slice(1);
  if (!/^[\w-]{43}$/.test(token)) return null;
  const response = await send('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: token,
  });
  // Neither the history nor a copied address has it from here on.
  history.replaceState(null, '', location.pathname);
  if (!response.ok) return response.text();
  localStorage.setItem(secretKey, await response.json());
  return null;
}
