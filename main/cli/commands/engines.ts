import { reportEngines, type EngineReport, type Speed } from '../../networks/index.ts';
import { spawnChild } from '../../process/fork.ts';
import type { Command } from '../command.ts';

const titles = {
  features: 'For features and the instant baseline (ONNX Runtime):',
  networks: 'For networks, --recipe finetune (TensorFlow.js):',
};

export const engines: Command = {
  name: 'engines',
  args: [],
  summary: 'Try every engine on this machine, and say how fast it is, or why it is not available.',
  details:
    'The best come first. Speeds are those of a matrix product and of a 3×3 convolution, forward and backward, in GFLOP/s.',
  options: {
    json: {
      type: 'boolean',
      help: 'one JSON object a line: {"use", "name", "device", "memory", "speed"}, or "problem"',
    },
  },
  async run(given, { print }) {
    let use: EngineReport['use'] | null = null;
    for await (const report of reportEngines(spawnChild)) {
      if (given.flag('json')) {
        print(JSON.stringify(report));
        continue;
      }
      if (report.use !== use) print(titles[report.use]);
      use = report.use;
      for (const line of describe(report)) print(line);
    }
  },
};

function describe(report: EngineReport): string[] {
  if ('problem' in report) return [`  ${report.name}: not there. ${report.problem}`];
  const { name, device, memory, speed } = report;
  return [
    `  ${name}: ${[device, ...(memory === null ? [] : [`${memory} of memory`])].join(', ')}`,
    ...(speed === null ? [] : [`    ${describeSpeed(speed)}`]),
  ];
}

function describeSpeed({ matrixProduct, convolution, convolutionGradients }: Speed): string {
  const backward = convolutionGradients === null ? '' : `, backward ${inDigits(convolutionGradients)}`;
  return `matrix product ${inDigits(matrixProduct)}, convolution forward ${inDigits(convolution)}${backward} GFLOP/s`;
}

const inDigits = (value: number) => value.toPrecision(value < 100 ? 2 : 3);
