import { expect, test } from 'vitest';
import { admit, type Visit } from './admission.ts';
import { createSession } from './session.ts';

/** A session whose cookie is known, and a request that passes with it. */
function letIn() {
  const session = createSession();
  const cookies = session.redeem(session.token)?.split(';')[0];
  const visit: Visit = {
    method: 'GET',
    target: '/',
    host: '127.0.0.1:8400',
    origin: undefined,
    fetchSite: undefined,
    contentType: undefined,
    cookies,
  };
  return { session, visit };
}

const call = { method: 'POST', target: '/call/app.info', contentType: 'application/json' };

test.each<[string, Partial<Visit>]>([
  ['a page', {}],
  ['a page by name', { host: 'localhost:8400' }],
  ['a page by IPv6, through a tunnel on another port', { host: '[::1]:1' }],
  ['a page without a port', { host: 'localhost' }],
  ['a page that the user typed', { fetchSite: 'none' }],
  ['a call of the page', { ...call, origin: 'http://127.0.0.1:8400', fetchSite: 'same-origin' }],
  ['a call with a charset', { ...call, contentType: 'Application/JSON; charset=utf-8' }],
  ['a call of a program, which has no origin', call],
])('lets in %s', (_what, change) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, ...change }, session)).toEqual({ kind: 'pass' });
});

const foreignHosts = [
  undefined,
  null,
  '',
  'evil.test',
  'evil.test:8400',
  '127.0.0.1.evil.test',
  '127.0.0.1.evil.test:8400',
  'localhost.evil.test',
  'evil.test#localhost',
  'localhost@evil.test',
  'evil.test/localhost',
  '127.0.0.1:80:8400',
  '127.0.0.1:99999',
  '127.0.0.1:',
  '127.0.0.1:80@evil.test',
  '127.0.0.2',
  '127.1',
  '2130706433',
  '0.0.0.0:8400',
  '192.168.0.1:8400',
  '::1',
  '[::]:8400',
  '[::ffff:127.0.0.1]:8400',
  ' localhost',
  'localhost.',
];
test.each(foreignHosts)('refuses the host %j before anything else', (host) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, host, method: 'OPTIONS' }, session)).toMatchObject({
    kind: 'refuse',
    status: 403,
  });
});

const foreignOrigins = [
  null,
  '',
  'null',
  'http://evil.test',
  'http://127.0.0.1',
  'http://127.0.0.1:8401',
  'http://localhost:8400',
  'https://127.0.0.1:8400',
  'http://127.0.0.1:8400/',
  'http://127.0.0.1:8400.evil.test',
  'http://127.0.0.1.evil.test:8400',
  'http://evil.test?http://127.0.0.1:8400',
  'http://127.0.0.1:8400@evil.test',
  'HTTP://127.0.0.1:8400',
  'file://',
  'app://toploss',
  'chrome-extension://abcdefgh',
];
test.each(foreignOrigins)('refuses the origin %j, for a page and for a call', (origin) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, origin }, session)).toMatchObject({ kind: 'refuse', status: 403 });
  expect(admit({ ...visit, ...call, origin }, session)).toMatchObject({ kind: 'refuse', status: 403 });
});

test.each([null, '', 'cross-site', 'same-site', 'Same-Origin', 'anything'])(
  'refuses a request that the browser marks as %j',
  (fetchSite) => {
    const { session, visit } = letIn();
    expect(admit({ ...visit, fetchSite }, session)).toMatchObject({ kind: 'refuse', status: 403 });
  },
);

test.each(['OPTIONS', 'TRACE', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'get', ''])(
  'refuses the method %j',
  (method) => {
    const { session, visit } = letIn();
    expect(admit({ ...visit, method }, session)).toMatchObject({ kind: 'refuse', status: 405 });
  },
);

test.each([
  undefined,
  '',
  'text/plain',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  'text/json',
])('refuses a call of type %j, which a form on another page could send', (contentType) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, ...call, contentType }, session)).toMatchObject({ kind: 'refuse', status: 415 });
});

test.each(['http://evil.test/', '*', 'evil.test:80', ''])('refuses the target %j', (target) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, target }, session)).toMatchObject({ kind: 'refuse', status: 400 });
});

test.each(['/', '/events', '/thumb/1', '/call/app.info?token=x'])('refuses %j without a cookie', (target) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, target, cookies: undefined }, session)).toMatchObject({
    kind: 'refuse',
    status: 403,
  });
});

test('a token opens once, then only the browser that used it; the refusal says how to get a new link', () => {
  const session = createSession();
  const visit = { ...letIn().visit, cookies: undefined, target: `/?token=${session.token}` };
  const first = admit(visit, session);
  expect(first).toEqual({ kind: 'enter', cookie: expect.stringContaining('HttpOnly') });
  expect(admit(visit, session)).toMatchObject({
    kind: 'refuse',
    status: 403,
    message: expect.stringContaining('start it again for a new link'),
  });
  const cookies = first.kind === 'enter' ? first.cookie?.split(';')[0] : undefined;
  expect(admit({ ...visit, cookies }, session)).toEqual({ kind: 'enter', cookie: null });
});

test('a page on another site cannot use up the token', () => {
  const session = createSession();
  const visit = { ...letIn().visit, cookies: undefined, target: `/?token=${session.token}` };
  expect(admit({ ...visit, fetchSite: 'cross-site' }, session)).toMatchObject({ kind: 'refuse' });
  expect(admit(visit, session)).toMatchObject({ kind: 'enter' });
});

test.each(['/?token=', '/?token=wrong', '/?token=wrong&token=', '/index.html?token=TOKEN', '//?token=TOKEN'])(
  'refuses the link %j',
  (link) => {
    const session = createSession();
    const visit = { ...letIn().visit, cookies: undefined, target: link.replace('TOKEN', session.token) };
    expect(admit(visit, session)).toMatchObject({ kind: 'refuse', status: 403 });
  },
);
