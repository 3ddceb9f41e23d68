import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Failure } from '../../../shared/failure.ts';
import { errorCode } from '../../files/reason.ts';
import { writeFailure } from '../../files/writeFailure.ts';
import { defaultSeed } from '../../runs/baseline.ts';
import { showProjectBatch } from '../../runs/fineTune.ts';
import { spawnChild } from '../../process/fork.ts';
import { projectOption, UsageError, type Command } from '../command.ts';
import { count, withExistingProject, withProgress } from '../session.ts';

const defaultSide = 224;
const defaultCount = 24;
const mostImages = 200;

export const batch: Command = {
  name: 'batch',
  args: ['DATASET'],
  summary: 'Write a picture of what a network sees in training: images after augmentation, labels on top.',
  options: {
    to: { type: 'string', value: 'FILE.png', help: 'default: batch.png; it must not exist yet' },
    side: { type: 'string', value: 'PIXELS', help: `of the network's input; default: ${defaultSide}` },
    size: { type: 'string', value: 'N', help: `number of images; default: ${defaultCount}` },
    epoch: { type: 'string', value: 'N', help: 'of the training, from 0; default: 0' },
    seed: { type: 'string', value: 'N', help: `default: ${defaultSeed}` },
    ...projectOption,
  },
  async run(given, context) {
    const to = resolve(given.text('to') ?? 'batch.png');
    const side = within(given.integer('side') ?? defaultSide, 'side', 8, 1024);
    const size = within(given.integer('size') ?? defaultCount, 'size', 1, mostImages);
    const wanted = {
      weights: 'small',
      side,
      count: size,
      seed: given.integer('seed') ?? defaultSeed,
      epoch: given.integer('epoch') ?? 0,
    };
    await withExistingProject(given, async (project) => {
      const { bytes, labels, presized } = await withProgress(context, (work) =>
        showProjectBatch(project, spawnChild, wanted, work),
      );
      await write(to, bytes);
      context.say(
        `${count(labels.length, 'image')} at ${side} × ${side} pixels, from ${presized} × ${presized}, written to ${to}`,
      );
    });
  },
};

function within(value: number, option: string, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${option} takes a number from ${least} to ${most}, not ${value}`);
}

async function write(to: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(to, bytes, { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') {
      throw new Failure(
        'bad-request',
        `${to} already exists and was left as it is. Name another file with --to.`,
        {
          cause: error,
        },
      );
    }
    throw writeFailure(error, to);
  }
}
