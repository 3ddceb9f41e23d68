import { expect, test } from 'vitest';
import { toploss } from '../testing/cli.ts';
import { help } from './command.ts';
import { commands } from './commands/index.ts';

test('without a command every one is named with what it does, and that is wrong usage', async () => {
  const { status, stdout, stderr } = await toploss();
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  for (const { name, summary } of commands) {
    expect(stderr).toMatch(new RegExp(`^ {2}toploss ${name}\\b`, 'm'));
    expect(stderr).toContain(summary);
  }
  expect(await toploss('--help')).toEqual({ status: 0, stdout: stderr, stderr: '' });
});

test('every command explains its arguments and each of its options', async () => {
  for (const command of commands) {
    const text = help(command);
    expect(text).toContain(['usage: toploss', command.name, ...command.args].join(' '));
    for (const option of Object.keys(command.options)) {
      expect(text).toMatch(new RegExp(`^ {2}--${option}\\b.* {2}\\S`, 'm'));
    }
  }
  for (const args of [
    ['rank', '--help'],
    ['rank', 'pets', '-h'],
    ['help', 'rank'],
  ]) {
    const [rank] = commands;
    expect(await toploss(...args)).toEqual({ status: 0, stdout: `${rank ? help(rank) : ''}\n`, stderr: '' });
  }
});

for (const { args, says } of [
  { args: ['rnak', 'pets'], says: 'toploss: there is no command “rnak”. See: toploss --help\n' },
  { args: ['rank'], says: /^toploss rank: DATASET is missing\nusage: toploss rank DATASET \[options\]\n$/ },
  { args: ['apply', 'pets'], says: /^toploss apply: VERDICTS\.csv is missing\n/ },
  { args: ['rank', 'pets', 'cars'], says: /^toploss rank: there is one argument too many: cars\n/ },
  { args: ['rank', 'pets', '--jsno'], says: /^toploss rank: Unknown option '--jsno'\n/ },
  {
    args: ['rank', 'pets', '--limit', 'ten'],
    says: /^toploss rank: --limit takes a whole number, not ten\n/,
  },
  { args: ['rank', 'pets', '--limit'], says: /^toploss rank: Option '--limit <value>' argument missing\n/ },
  {
    args: ['rank', 'pets', '--engine', 'abacus'],
    says: /^toploss rank: there is no engine “abacus” .* choose one of: /,
  },
  {
    args: ['train', 'pets', '--recipe', 'magic'],
    says: /^toploss train: there is no recipe “magic”; choose /,
  },
  { args: ['runs', 'pets', '--compare', '1'], says: /^toploss runs: --compare takes two run numbers/ },
  { args: ['export', 'pets'], says: /^toploss export: --to is missing\n/ },
  {
    args: ['export', 'pets', '--to', 'x', '--format', 'xml'],
    says: /^toploss export: --format is one of csv, /,
  },
]) {
  test(`wrong usage is said, and how it is meant: ${args.join(' ')}`, async () => {
    const { status, stdout, stderr } = await toploss(...args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });
}
