import { expect, test } from 'vitest';
import { networkTitle } from './training.ts';

test('a network is called what it was asked for by, or by its file', () => {
  for (const [network, title] of [
    ['small', 'small'],
    ['/home/me/.cache/toploss/backbones/resnet18/model.safetensors', 'resnet18'],
    ['C:\\models\\flowers\\model.json', 'flowers'],
    ['/weights/mine.safetensors', 'mine.safetensors'],
    ['/models/flowers', 'flowers'],
  ] as const)
    expect(networkTitle(network)).toBe(title);
});
