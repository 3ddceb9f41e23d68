import type { Command } from '../command.ts';

export const engines: Command = {
  name: 'engines',
  args: [],
  summary: 'Say what this machine can compute on, and how fast.',
  options: { json: { type: 'boolean', help: 'one JSON object a line' } },
  async run(given, { print }) {
    // Loaded when it is asked for: the other commands start faster without it.
    const { measureEngines } = await import('../../learn/engines.ts');
    for (const { name, device, gigaflops, problem } of await measureEngines()) {
      if (given.flag('json')) print(JSON.stringify({ name, device, gigaflops, problem }));
      else if (problem) print(`${name}: not usable: ${problem}`);
      else print(`${name}: ${device} · matrix product ${gigaflops.toFixed(1)} GFLOP/s`);
    }
  },
};
