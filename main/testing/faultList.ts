// docs/faults.md: every fault with the tests that show it. `npm run faults` writes it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { areas, type Area } from './faults.ts';
import { faultTests, type FaultTest } from './faultTests.ts';

const about = `What is tested for, by the tags of the tests: written by \`npm run faults\` from \`main/testing/faults.ts\` and the tests. \`npm test\` fails where a fault has no test, or one that is skipped without a reason. “(CVE-…)” marks a hole that a comparable program had. One fault alone: \`npm run unit -- --tags-filter full-disk\`, \`npm run e2e -- --grep @full-disk\`.`;

/** The whole document. */
export function faultList(tests: readonly FaultTest[]): Promise<string> {
  const text = ['# Faults', about, ...areas.map((area) => section(area, tests))].join('\n\n');
  return format(text, { parser: 'markdown', printWidth: 110 });
}

function section({ name, about, faults }: Area, tests: readonly FaultTest[]): string {
  const items = faults.map(({ tag, fault, holds, notShown }) => {
    const shown = tests.filter(({ tags }) => tags.includes(tag)).map(line);
    const lines = notShown === undefined ? shown : [...shown, `- Not shown: ${notShown}.`];
    return [
      `- **${fault}**${holds ? `: ${holds}` : ''} · \`${tag}\``,
      ...lines.map((each) => `  ${each}`),
    ].join('\n');
  });
  return [`## ${name}`, ...(about === undefined ? [] : [about]), items.join('\n')].join('\n\n');
}

function line({ file, title, skipped }: FaultTest): string {
  const unless = skipped.map((reason) => ` (skipped where ${reason})`).join('');
  return `- \`${file}\` › ${title.replace(/[*_<]/g, '\\$&')}${unless}`;
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  writeFileSync(join(root, 'docs/faults.md'), await faultList(faultTests(root)));
}
