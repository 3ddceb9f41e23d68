import { expect, test } from 'vitest';
import { decideNavigation, decideOpen, home } from './navigation.ts';

test.each([home, 'app://toploss/index.html', 'app://toploss/#queue', 'app://toploss/?x=https://evil.test'])(
  'allows %s, a page of the app itself',
  (url) => expect(decideNavigation(url)).toBe('allow'),
);

const hostile = [
  '',
  'about:blank',
  'about:srcdoc',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'blob:app://toploss/1',
  'file:///etc/passwd',
  'file://server/share/x',
  'view-source:app://toploss/',
  'chrome://settings',
  'devtools://devtools/bundled/inspector.html',
  'chrome-extension://abcdefgh/x.html',
  'smb://server/share',
  'ms-msdt:/id PCWDiagnostic',
  'ms-officecmd:{}',
  'search-ms:query=x',
  'ssh://host',
  'mailto:a@evil.test',
  'http://toploss/',
  'https://toploss/',
  'https://ok.example.evil/',
  'wss://evil.test/',
  'app://toploss',
  'app:toploss/',
  'app:/toploss/',
  'app:///toploss/',
  'app://toploss.evil.test/',
  'app://evil.test/toploss/',
  'app://toploss:80/',
  'app://toploss@evil.test/',
  'app://user@toploss/',
  'app://toploss\\@evil.test/',
  'app:\\\\toploss\\',
  'APP://TOPLOSS/',
  'app://TOPLOSS/',
  'app://top\tloss/',
  '\tapp://toploss/',
  'apps://toploss/',
];
test.each(hostile)('denies going to %j', { tags: 'electron-13-navigation' }, (url) =>
  expect(decideNavigation(url)).toBe('deny'),
);

test.each([home, ...hostile])(
  'opens no window for %j',
  { tags: ['electron-14-windows', 'electron-15-open-external'] },
  (url) => {
    expect(decideOpen(url)).toEqual({ action: 'deny' });
  },
);
