// The command: npm run soak -- --minutes N [--seed S]. Prints one JSON object; its status says whether anything was lost.
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string', default: '1' } },
});
const report = await soak({ seed: Number(values.seed), milliseconds: Number(values.minutes) * 60_000 });
console.log(JSON.stringify(report, null, 2));
process.exitCode = Object.values(report.lost).some((count) => count > 0) ? 1 : 0;
