// Whether the Electron that is packaged is one that still gets fixes: `npm run electron-support`. Electron supports its
// latest three majors (https://www.electronjs.org/docs/latest/tutorial/electron-timelines).
import { execFileSync } from 'node:child_process';
import manifest from '../../../package.json' with { type: 'json' };

const supportedMajors = 3;

const majorOf = (version: string): number => Number(/^(\d+)\./.exec(version)?.[1]);

/** @param latest the newest release that is no beta */
export function isSupported(version: string, latest: string): boolean {
  return majorOf(version) > majorOf(latest) - supportedMajors;
}

if (import.meta.main) {
  const { electron } = manifest.devDependencies;
  const latest = execFileSync('npm', ['view', 'electron@latest', 'version'], { encoding: 'utf8' }).trim();
  const supported = isSupported(electron, latest);
  console.error(
    `Electron ${electron} is ${supported ? 'supported' : 'no longer supported'}; the latest is ${latest}.`,
  );
  process.exitCode = supported ? 0 : 1;
}
