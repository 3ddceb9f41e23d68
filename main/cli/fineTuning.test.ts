// Fine-tuning on the command line: trained, interrupted, gone on with, and what the ranking is then.
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openProject } from '../project/open.ts';
import { allRuns } from '../store/runs.ts';
import { objectsIn, printedBy, startToploss, toploss } from '../testing/cli.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlowers } from '../testing/images.ts';

const quick = [
  '--recipe',
  'finetune',
  '--engine',
  'wasm',
  '--batch-size',
  '4',
  '--size',
  '16',
  '--folds',
  '2',
];

async function flowersIn(perClass: number): Promise<string> {
  const root = join(temporaryFolder(), 'flowers');
  await drawFlowers(root, perClass);
  return root;
}

test(
  'a fine-tuned run says a line an epoch, is stored with its curves, is what rank shows, and tells of a better baseline',
  { timeout: 120_000 },
  async () => {
    const root = await flowersIn(4);
    await printedBy('rank', root);
    const { status, stdout, stderr } = await toploss(
      'train',
      root,
      ...quick,
      '--epochs',
      '1',
      '--freeze-epochs',
      '0',
    );
    expect(stderr).toMatch(
      /fold 1\/2 · epoch 1 · train loss [\d.]+ · validation loss [\d.]+ · accuracy [\d.]+ % · lr/,
    );
    expect(stderr).toContain('fold 2/2 · epoch 1');
    expect(status).toBe(0);
    // The classes differ by their colour: the baseline sees it, a network has not learned it in an epoch.
    expect(stderr).toMatch(/The baseline, run 1, agrees with [\d.]+ % of these labels.*trust its ranking/);
    expect(stdout).toMatch(/^run 2 · .* · small on wasm · 12 images/);
    const project = openProject(root);
    const [, run] = allRuns(project.db);
    project.close();
    expect(run?.recipe).toMatchObject({
      kind: 'finetune',
      options: { network: 'small', epochs: 1, folds: 2, batchSize: 4, side: 16 },
      summaries: [{ fold: 0 }, { fold: 1 }],
    });
    const ranked = objectsIn<{ rank: number; loss: number }>(await printedBy('rank', root, '--json'));
    expect(ranked).toHaveLength(12);
    expect(objectsIn(await printedBy('runs', root, '--json'))).toHaveLength(2);
  },
);

test(
  'Ctrl-C ends a fine-tuning with 130 within seconds, and the next goes on after its last epoch',
  { timeout: 120_000 },
  async () => {
    const root = await flowersIn(6);
    const args = ['train', root, ...quick, '--epochs', '3', '--freeze-epochs', '0'];
    const { child, outcome } = startToploss(args);
    for await (const [text] of onData(child.stderr)) if (/epoch 1 /.test(text)) break;
    child.kill('SIGINT');
    expect((await outcome).status).toBe(130);
    const again = await toploss(...args);
    expect(again.status).toBe(0);
    expect(again.stderr).toMatch(/Fold 1 of 2 goes on after \d epochs? of an earlier attempt/);
  },
);

test('options that cannot be meant are wrong usage, and nothing is made', async () => {
  const root = await flowersIn(1);
  for (const [option, value] of [
    ['--lr', '1e-3:x'],
    ['--folds', '1'],
    ['--engine', 'abacus'],
  ] as const) {
    const { status, stderr } = await toploss('train', root, '--recipe', 'finetune', option, value);
    expect(status, `${option} ${value}`).toBe(2);
    expect(stderr, `${option} ${value}`).toContain(value);
  }
});

async function* onData(stream: NodeJS.ReadableStream | null): AsyncGenerator<[string]> {
  if (!stream) return;
  for (;;) {
    const [text] = (await once(stream, 'data')) as [unknown];
    yield [String(text)];
  }
}
