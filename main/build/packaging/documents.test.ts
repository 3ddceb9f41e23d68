// docs/architecture.md names files and functions, and the documents each other: what they name is there.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const architecture = read('docs/architecture.md');
const documents = [
  'README.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
];

test('every file and folder that docs/architecture.md names is there', () => {
  const named = [...architecture.matchAll(/`((?:shared|main|renderer)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(80);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('every function that docs/architecture.md names is in the file that it names for it', () => {
  const fileOf = new Map<string, string>();
  const gone: string[] = [];
  // `main/a.ts` › `name`, and later `Class.method` of a class that was named before.
  for (const [text, file = '', name = '', method = ''] of architecture.matchAll(
    /`([\w./-]+)` › `([\w.]+)`|`([A-Z]\w*\.\w+)`/g,
  )) {
    const parts = (name || method).split('.');
    const [owner = ''] = parts;
    if (file) fileOf.set(owner, file);
    const source = fileOf.get(owner);
    if (source === undefined || !parts.every((part) => declares(read(source), part))) gone.push(text);
  }
  expect(fileOf.size).toBeGreaterThan(40);
  expect(gone).toEqual([]);
});

/** Whether a source declares a function, class or method of that name, private ones included. */
function declares(source: string, name: string): boolean {
  return new RegExp(
    String.raw`(?:function\*? |class |const )${name}\b|^ +(?:static |async |get )*#?${name}[(<]`,
    'm',
  ).test(source);
}

test.each(documents)('the links of %s lead to files and headings that are there', (document) => {
  for (const [, link = ''] of read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? document : join(dirname(document), file);
    expect(existsSync(join(root, target)), link).toBe(true);
    if (heading === undefined) continue;
    const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    expect(headings, link).toContain(heading);
  }
});
