// Who may talk to the browser shell: a one-time token in the printed link is exchanged for a cookie. Knows no HTTP server.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Session {
  /** For the link that is printed at the start. */
  readonly token: string;
  /** The Set-Cookie value for the right token, the first time; null otherwise. */
  redeem(token: string): string | null;
  /** Whether a request's Cookie header carries this session. */
  recognises(cookies: string | undefined): boolean;
}

const secret = (): string => randomBytes(32).toString('base64url');
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
/** Digests have the same length whatever was sent, so the comparison tells nothing by its time. */
const equal = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

export function createSession(): Session {
  const token = secret();
  const value = secret();
  // Browsers send a cookie to every port of a host: the id keeps two running instances apart.
  const name = `toploss-${randomBytes(4).toString('hex')}`;
  let redeemed = false;
  return {
    token,
    redeem(offered) {
      if (!equal(offered, token) || redeemed) return null;
      redeemed = true;
      return `${name}=${value}; HttpOnly; SameSite=Strict; Path=/`;
    },
    recognises(cookies) {
      const pairs = (cookies ?? '').split(';').map((pair) => pair.trim());
      return pairs.some((pair) => equal(pair, `${name}=${value}`));
    },
  };
}
