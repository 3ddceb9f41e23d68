// Collects the licences of everything that is shipped into one file: `npm run licences -- FILE`. What lies inside a
// package's binaries is listed as far as the package says.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      dev: z.boolean().optional(),
      optional: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});

export interface Shipped {
  /** Its folder, from the root: `node_modules/sharp`. */
  readonly path: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  /** It may be absent: for other systems, or an extra. */
  readonly optional: boolean;
  readonly hasInstallScript: boolean;
}

/** Every package that production needs, by package-lock.json. */
export function productionPackages(): Shipped[] {
  const { packages } = lockSchema.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  return Object.entries(packages).flatMap(([path, { version = '', license, ...entry }]) =>
    path === '' || entry.dev
      ? []
      : {
          path,
          version,
          licence: license ?? 'not stated',
          optional: entry.optional === true || entry.devOptional === true,
          hasInstallScript: entry.hasInstallScript === true,
        },
  );
}

export const nameOf = ({ path }: Shipped): string => path.slice(path.lastIndexOf('node_modules/') + 13);

/** The text of the file: of each package that is installed its name, version, licence, and the texts that it brings. */
export function collectLicences(): string {
  const installed = productionPackages().filter(({ path }) => existsSync(join(root, path)));
  const page = readPackage('node_modules/svelte', 'MIT'); // Its runtime is compiled into the page.
  return [
    'Toploss is made with the software below. Each part is under the licence that is named with it.',
    "Electron's licence and those of Chromium lie beside this file in an installed app.",
    ...[...installed.map((one) => readPackage(one.path, one.licence)), page].toSorted(),
  ].join(`\n\n${'─'.repeat(80)}\n\n`);
}

function readPackage(path: string, licence: string): string {
  const folder = join(root, path);
  const { name, version, author } = z
    .object({ name: z.string(), version: z.string(), author: z.unknown().optional() })
    .parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  const texts = readdirSync(folder)
    // sharp's libraries are listed in the package's README, with their versions beside it.
    .filter(
      (file) =>
        /^(licen[cs]e|copying|notice|third.?party)/i.test(file) ||
        (name.startsWith('@img/sharp-libvips') && /^(README\.md|versions\.json)$/.test(file)),
    )
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const by =
    typeof author === 'string' ? author : z.object({ name: z.string() }).safeParse(author).data?.name;
  return [
    `${name} ${version} — ${licence}`,
    ...(texts.length > 0
      ? texts
      : [`The package brings no text of its licence.${by ? ` Author: ${by}.` : ''}`]),
  ].join('\n\n');
}

if (import.meta.main) {
  const [file = 'dist/THIRD-PARTY-LICENCES.txt'] = process.argv.slice(2);
  writeFileSync(file, `${collectLicences()}\n`);
  console.error(`Written: ${file}`);
}
