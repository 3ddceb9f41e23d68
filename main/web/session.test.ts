import { expect, test } from 'vitest';
import { createSession } from './session.ts';

test('exchanges the right token for a secret, once', () => {
  const session = createSession();
  expect(session.redeem('wrong')).toBeNull();
  expect(session.redeem('')).toBeNull();
  const secret = session.redeem(session.token);
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(new Set([secret, session.token, session.pictureKey]).size).toBe(3);
  expect(session.redeem(session.token)).toBeNull();
});

test('recognises its own secret, and no part of it', () => {
  const session = createSession();
  const secret = session.redeem(session.token) ?? '';
  expect(session.recognises(`Bearer ${secret}`)).toBe(true);
  for (const header of [
    undefined,
    null,
    '',
    secret,
    'Bearer ',
    `Bearer ${secret}x`,
    `Bearer ${secret.slice(0, -1)}`,
    `bearer ${secret}`,
    `Bearer ${session.token}`,
    `Bearer ${session.pictureKey}`,
  ])
    expect(session.recognises(header), String(header)).toBe(false);
});

test('shows pictures by its key alone', () => {
  const session = createSession();
  expect(session.mayShow(session.pictureKey)).toBe(true);
  for (const key of [null, '', session.token, session.pictureKey.slice(1)])
    expect(session.mayShow(key)).toBe(false);
});

test('keeps two instances apart', () => {
  const [one, other] = [createSession(), createSession()];
  expect(other.recognises(`Bearer ${one.redeem(one.token)}`)).toBe(false);
  expect(other.mayShow(one.pictureKey)).toBe(false);
});
