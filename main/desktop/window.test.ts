import { expect, test, vi } from 'vitest';
import { menuTemplate } from './menu.ts';
import { denyPermissions } from './permissions.ts';
import { dialogOptions } from './requests.ts';
import { windowOptions } from './window.ts';

test(
  'the window is sandboxed, isolated and without Node',
  {
    tags: [
      'electron-2-no-node',
      'electron-3-isolation',
      'electron-6-web-security',
      'electron-8-insecure-content',
      'electron-9-experimental',
      'electron-10-blink',
      'electron-11-no-webviews',
    ],
  },
  () => {
    expect(windowOptions('/somewhere/preload.cjs').webPreferences).toMatchInlineSnapshot(`
    {
      "allowRunningInsecureContent": false,
      "contextIsolation": true,
      "experimentalFeatures": false,
      "navigateOnDragDrop": false,
      "nodeIntegration": false,
      "nodeIntegrationInSubFrames": false,
      "nodeIntegrationInWorker": false,
      "preload": "/somewhere/preload.cjs",
      "safeDialogs": true,
      "sandbox": true,
      "spellcheck": false,
      "webSecurity": true,
      "webviewTag": false,
    }
  `);
  },
);

test('the window is shown only once it has something to show', () => {
  expect(windowOptions('/somewhere/preload.cjs').show).toBe(false);
});

test.each([
  'media',
  'geolocation',
  'notifications',
  'clipboard-read',
  'openExternal',
  'fileSystem',
  'unknown',
  'hid',
])('denies the permission %s, asked for or checked', { tags: 'electron-5-permissions' }, (permission) => {
  const session = {
    setPermissionRequestHandler: vi.fn(),
    setPermissionCheckHandler: vi.fn(),
    setDevicePermissionHandler: vi.fn(),
  };
  denyPermissions(session);
  const answer = vi.fn();
  session.setPermissionRequestHandler.mock.calls[0]?.[0](null, permission, answer, {});
  expect(answer.mock.calls).toEqual([[false]]);
  expect(session.setPermissionCheckHandler.mock.calls[0]?.[0](null, permission, 'app://toploss', {})).toBe(
    false,
  );
  expect(session.setDevicePermissionHandler.mock.calls[0]?.[0]({ deviceType: permission })).toBe(false);
});

test('the dialog takes folders, and on macOS a CSV as well', () => {
  expect(dialogOptions('linux').properties).toEqual(['openDirectory']);
  expect(dialogOptions('darwin').properties).toEqual(['openDirectory', 'openFile']);
});

test('the menu has no reload and no developer tools', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    expect(JSON.stringify(menuTemplate(platform))).not.toMatch(/reload|devtools|viewMenu/i);
  }
});
