import { spawnChild } from '../../process/fork.ts';
import { findProjectRate } from '../../runs/fineTune.ts';
import type { RateFinding } from '../../../shared/training.ts';
import type { Command } from '../command.ts';
import { trialOptions, withNetworks } from '../fineTuning.ts';

const rows = 12;
const columns = 64;

export const findLr: Command = {
  name: 'find-lr',
  args: ['DATASET'],
  summary: 'Look for the learning rate of a network: the loss while the rate grows, and what that suggests.',
  options: {
    json: { type: 'boolean', help: 'one JSON object: {"points": [{"rate", "loss"}], "suggestions"}' },
    ...trialOptions,
  },
  async run(given, context) {
    await withNetworks(given, context, async (project, setup, work) => {
      const finding = await findProjectRate(project, spawnChild, setup, work);
      if (given.flag('json')) context.print(JSON.stringify(finding));
      else for (const line of describe(finding)) context.print(line);
    });
  },
};

function describe(finding: RateFinding): string[] {
  const { suggestions } = finding;
  if (!suggestions) return ['The loss blew up at once: there is nothing to suggest.'];
  return [
    ...plot(finding),
    '',
    `valley    ${suggestions.valley.toExponential(1)}   the one to take`,
    `steepest  ${suggestions.steepest.toExponential(1)}   where the loss falls fastest`,
    `minimum   ${suggestions.minimum.toExponential(1)}   a tenth of the rate with the lowest loss`,
  ];
}

/** The loss against the logarithm of the rate; what is higher than where it began is cut off. */
function plot({ points }: RateFinding): string[] {
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  const [first] = finite;
  const least = Math.min(...finite.map(({ loss }) => loss));
  const most = (first?.loss ?? 1) * 1.2;
  const canvas = Array.from({ length: rows }, () => Array<string>(columns).fill(' '));
  for (const { rate, loss } of finite) {
    const column = Math.round(((Math.log10(rate) + 7) / 8) * (columns - 1));
    const row = Math.round(((most - Math.min(loss, most)) / (most - least || 1)) * (rows - 1));
    const line = canvas[row];
    if (line) line[column] = '•';
  }
  const axis = ['1e-7', '1e-5', '1e-3', '1e-1', '10']
    .map((tick) => tick.padEnd(15))
    .join('')
    .trimEnd();
  return [...canvas.map((line) => `│${line.join('').trimEnd()}`), `└${'─'.repeat(columns)}`, ` ${axis}`];
}
