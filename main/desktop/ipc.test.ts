import type { IpcMainInvokeEvent } from 'electron';
import { beforeEach, expect, test } from 'vitest';
import { answering } from './ipc.ts';
import { answerRequests } from './requests.ts';

type Listener = (event: IpcMainInvokeEvent, ...args: unknown[]) => unknown;

let channels: Map<string, Listener>;
let shown: string[];
let chosen: string[];

beforeEach(() => {
  channels = new Map();
  shown = [];
  chosen = [];
  answerRequests(answering({ handle: (channel, listener) => void channels.set(channel, listener) }), {
    chooseDataset: async () => ({ canceled: chosen.length === 0, filePaths: chosen }),
    showInFolder: (path) => void shown.push(path),
  });
});

type Frame = { url: string; parent: object | null } | null;
const page: Frame = { url: 'app://toploss/index.html', parent: null };

async function invoke(frame: Frame, channel: string, ...args: unknown[]): Promise<unknown> {
  const listener = channels.get(channel);
  if (!listener) throw new Error(`Nothing answers ${channel}.`);
  return listener({ senderFrame: frame } as IpcMainInvokeEvent, ...args);
}

test('answers exactly what the preload asks', () => {
  expect([...channels.keys()]).toEqual(['dataset:choose', 'folder:show']);
});

test('gives the chosen folder, or null where the user cancelled', async () => {
  expect(await invoke(page, 'dataset:choose')).toBeNull();
  chosen = ['/pictures/pets'];
  expect(await invoke(page, 'dataset:choose')).toBe('/pictures/pets');
});

test('shows a file in its folder', async () => {
  await invoke(page, 'folder:show', '/pictures/pets/1.jpg');
  expect(shown).toEqual(['/pictures/pets/1.jpg']);
});

test.each<[string, Frame]>([
  ['a frame that is gone', null],
  ['another site', { url: 'https://evil.test/', parent: null }],
  ['a look-alike', { url: 'app://toploss.evil.test/', parent: null }],
  ['a file', { url: 'file:///etc/passwd', parent: null }],
  ['an empty page', { url: 'about:blank', parent: null }],
  ['a frame inside our page', { url: 'app://toploss/', parent: {} }],
])('refuses %s', { tags: 'electron-17-senders' }, async (_who, frame) => {
  await expect(invoke(frame, 'folder:show', '/x')).rejects.toMatchObject({ code: 'forbidden' });
  await expect(invoke(frame, 'dataset:choose')).rejects.toMatchObject({ code: 'forbidden' });
  expect(shown).toEqual([]);
});

test.each([
  [],
  ['relative/path'],
  [''],
  ['/a\0b'],
  [7],
  [null],
  [['/x']],
  ['/x', 'more'],
  [`/${'x'.repeat(40_000)}`],
])('refuses to show %j', { tags: 'electron-17-senders' }, async (...args) => {
  await expect(invoke(page, 'folder:show', ...args)).rejects.toMatchObject({ code: 'bad-request' });
  expect(shown).toEqual([]);
});
