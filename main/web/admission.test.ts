import { expect, test } from 'vitest';
import { admit, type Visit } from './admission.ts';
import { createSession } from './session.ts';

/** A session whose secret is known, and a request that passes with it. */
function letIn() {
  const session = createSession();
  const visit: Visit = {
    method: 'GET',
    target: '/events',
    host: '127.0.0.1:8400',
    origin: undefined,
    fetchSite: undefined,
    contentType: undefined,
    authorization: `Bearer ${session.redeem(session.token)}`,
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
test.each(foreignHosts)('refuses the host %j before anything else', { tags: 'dns-rebinding' }, (host) => {
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
test.each(foreignOrigins)(
  'refuses the origin %j, for a page and for a call',
  { tags: 'origin-check' },
  (origin) => {
    const { session, visit } = letIn();
    expect(admit({ ...visit, origin }, session)).toMatchObject({ kind: 'refuse', status: 403 });
    expect(admit({ ...visit, ...call, origin }, session)).toMatchObject({ kind: 'refuse', status: 403 });
  },
);

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
])(
  'refuses a call of type %j, which a form on another page could send',
  { tags: 'cross-site-post' },
  (contentType) => {
    const { session, visit } = letIn();
    expect(admit({ ...visit, ...call, contentType }, session)).toMatchObject({ kind: 'refuse', status: 415 });
  },
);

test.each(['http://evil.test/', '*', 'evil.test:80', ''])('refuses the target %j', (target) => {
  const { session, visit } = letIn();
  expect(admit({ ...visit, target }, session)).toMatchObject({ kind: 'refuse', status: 400 });
});

test.each([
  '/events',
  '/thumb/1',
  '/call/app.info',
  '/session',
  '/index.html',
  '/assets/../events',
  '/package.json',
])('refuses %j without the secret', (target) => {
  const { session, visit } = letIn();
  for (const authorization of [undefined, null, '', 'Bearer ', `Bearer ${session.token}`])
    expect(admit({ ...visit, target, authorization }, session)).toMatchObject({
      kind: 'refuse',
      status: 403,
    });
});

test.each(['/', '/?token=x', '/assets/index-B0ck.js'])(
  'shows %j, a file of the page, to whoever asks',
  (target) => {
    const { session, visit } = letIn();
    expect(admit({ ...visit, target, authorization: undefined }, session)).toEqual({ kind: 'pass' });
  },
);

test('the key in an address shows a picture, and does nothing else', () => {
  const { session, visit } = letIn();
  const asked = (target: string, more: Partial<Visit> = {}) =>
    admit({ ...visit, target, authorization: undefined, ...more }, session).kind;
  const key = `v=1&key=${session.pictureKey}`;
  for (const kind of ['thumb', 'image', 'batch', 'preview']) {
    expect(asked(`/${kind}/x/1?${key}`)).toBe('pass');
    expect(asked(`/${kind}/x/1?${key}x`)).toBe('refuse');
    expect(asked(`/${kind}/x/1`)).toBe('refuse');
    expect(asked(`/${kind}/x/1?${key}`, { method: 'POST', contentType: 'application/json' })).toBe('refuse');
  }
  for (const path of ['/events', '/call/app.info', '/thumbs/x/1'])
    expect(asked(`${path}?${key}`)).toBe('refuse');
  expect(asked('/events', { authorization: `Bearer ${session.pictureKey}` })).toBe('refuse');
});

test('a token is exchanged by a POST of our own page alone', () => {
  const { session, visit } = letIn();
  const entering = { ...visit, ...call, target: '/session', authorization: undefined };
  expect(admit(entering, session)).toEqual({ kind: 'enter' });
  for (const change of [
    { fetchSite: 'cross-site' },
    { fetchSite: 'same-site' },
    { origin: 'http://127.0.0.1:1' },
    { host: 'evil.test' },
    { contentType: 'text/plain' },
    { method: 'GET' },
    { target: '/session/' },
    { target: '//session' },
  ])
    expect(admit({ ...entering, ...change }, session), JSON.stringify(change)).toMatchObject({
      kind: 'refuse',
    });
});
