// Who may talk to the browser shell. The one-time token of the printed link is exchanged for a secret that the page
// keeps: a cookie would go to every other port of this machine too, whoever listens there. Knows no HTTP server.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Session {
  /** For the link that is printed at the start. */
  readonly token: string;
  /** In the address of every picture, since an image element can send no header. It shows pictures, and does nothing else. */
  readonly pictureKey: string;
  /** The secret for the right token, the first time; null otherwise. */
  redeem(token: string): string | null;
  /** Whether a request's Authorization header carries the secret. */
  recognises(authorization: string | null | undefined): boolean;
  /** Whether an address carries the key of pictures. */
  mayShow(key: string | null): boolean;
}

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Digests have the same length whatever was sent, so the comparison tells nothing by its time. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export function createSession(): Session {
  const [token, secret] = [random(32), random(32)];
  // It is in every address, so no longer than it must be.
  const pictureKey = random(16);
  let redeemed = false;
  return {
    token,
    pictureKey,
    redeem(offered) {
      if (!equal(offered, token) || redeemed) return null;
      redeemed = true;
      return secret;
    },
    recognises: (authorization) => equal(authorization ?? '', `Bearer ${secret}`),
    mayShow: (key) => equal(key ?? '', pictureKey),
  };
}
