import { expect, test } from 'vitest';
import { defaultsFor, fineTuneDefaults } from '../../shared/training.ts';
import { FineTuning, problemOf } from './fineTuning.svelte.ts';

test('as it opens, the form asks for the defaults: a network from scratch, that has no head to train first', () => {
  const form = new FineTuning();
  expect(form.request).toEqual({
    options: { ...defaultsFor('small'), network: 'small', freezeEpochs: 0 },
    engine: null,
    allowFallback: false,
  });
  form.network = 'resnet18';
  expect(form.request?.options).toEqual({ ...fineTuneDefaults, network: 'resnet18' });
});

test('another network brings its own defaults, and leaves what was typed', () => {
  const form = new FineTuning();
  form.typed.epochs = '7';
  form.network = 'resnet18';
  expect(form.request?.options).toEqual({ ...fineTuneDefaults, network: 'resnet18', epochs: 7 });
  form.network = 'small';
  expect(form.request?.options).toEqual({ ...defaultsFor('small'), network: 'small', epochs: 7 });
});

test('what cannot be meant is said, and nothing is asked for', () => {
  for (const [name, text, words] of [
    ['epochs', '', 'Epochs is missing.'],
    ['epochs', '0', 'Epochs is a whole number from 1 to 10,000.'],
    ['folds', '2.5', 'Folds is a whole number from 2 to 100.'],
    ['learningRate', 'fast', 'Learning rate is a number above 0 and at most 10, as in 0.002 or 2e-3.'],
    ['learningRate', '0', 'Learning rate is a number above 0 and at most 10, as in 0.002 or 2e-3.'],
    ['clipNorm', '-1', 'Gradient clip is a number from 0 up.'],
    ['side', '7', 'Image size is a whole number from 8 to 4,096.'],
  ] as const) {
    const form = new FineTuning();
    form.typed[name] = text;
    expect(form.problems, `${name} ${text}`).toEqual({ [name]: words });
    expect(form.request).toBeNull();
  }
  for (const name of ['firstRate', 'side', 'clipNorm'] as const) expect(problemOf(name, '')).toBeNull();
  const form = new FineTuning();
  form.network = 'other';
  expect(form.problems).toEqual({ path: 'Name the file or folder.' });
});

test('what was asked for before fills the form, and asks for the same', () => {
  const request = {
    options: {
      ...fineTuneDefaults,
      network: '/weights/mine.safetensors',
      learningRate: [1e-5, 1e-3] as const,
      side: 128,
      clipNorm: 1,
    },
    engine: 'wasm',
    allowFallback: true,
  } as const;
  const form = new FineTuning();
  form.takeRequest(request);
  expect(form.kind).toBe('fine-tuning');
  expect(form.request).toEqual(request);
  expect([form.typed.firstRate, form.typed.learningRate]).toEqual(['1e-5', '0.001']);
  const mine = '/home/me/mine.safetensors';
  form.takeRequest({ ...request, options: { ...request.options, network: mine } });
  expect([form.network, form.path]).toEqual(['other', mine]);
});

test('a suggested rate is taken as it is written', () => {
  const form = new FineTuning();
  form.takeRate(1.4454e-3);
  expect(form.typed.learningRate).toBe('0.0014');
  expect(form.request?.options.learningRate).toBe(0.0014);
});
