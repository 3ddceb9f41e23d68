import { expect, test } from 'vitest';
import { createSession } from './session.ts';

const pairOf = (cookie: string | null): string => cookie?.split(';')[0] ?? '';

test('exchanges the right token for a cookie that scripts and other sites cannot use', () => {
  const session = createSession();
  expect(session.redeem('wrong')).toBeNull();
  expect(session.redeem('')).toBeNull();
  const cookie = session.redeem(session.token);
  expect(cookie).toMatch(/^toploss-[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  expect(cookie).not.toContain(session.token);
});

test('takes a token once', () => {
  const session = createSession();
  session.redeem(session.token);
  expect(session.redeem(session.token)).toBeNull();
});

test('recognises its own cookie among others, and no part of it', () => {
  const session = createSession();
  const pair = pairOf(session.redeem(session.token));
  const [name, value] = pair.split('=');
  expect(session.recognises(`theme=dark; ${pair}; x=y`)).toBe(true);
  for (const cookies of [
    undefined,
    '',
    name,
    `${name}=`,
    `${name}=${value}x`,
    `other=${value}`,
    pair.slice(0, -1),
  ]) {
    expect(session.recognises(cookies), cookies).toBe(false);
  }
});

test('keeps two instances apart', () => {
  const [one, other] = [createSession(), createSession()];
  expect(other.recognises(pairOf(one.redeem(one.token)))).toBe(false);
});
