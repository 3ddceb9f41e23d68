// The built page: its files are listed once, so that no address can name anything else.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { pageHeaders } from './headers.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Answers with the file of the page at a path, `/` being index.html; 404 for everything else. */
export async function loadPage(folder: string): Promise<(pathname: string) => Response> {
  const files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; type: string }>();
  for (const name of await list(folder)) {
    const type = contentTypes[extname(name)];
    if (type) files.set(`/${name}`, { bytes: new Uint8Array(await readFile(join(folder, name))), type });
  }
  return (pathname) => {
    const file = files.get(pathname === '/' ? '/index.html' : pathname);
    if (file) {
      // Built files carry a hash in their name, all but index.html.
      const cache = pathname.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-store';
      return new Response(file.bytes, {
        headers: { ...pageHeaders, 'Content-Type': file.type, 'Cache-Control': cache },
      });
    }
    const text =
      files.size === 0
        ? 'The page is not built. Build it with: npm run build:page'
        : 'There is nothing here.';
    return new Response(text, {
      status: 404,
      headers: { ...pageHeaders, 'Content-Type': 'text/plain; charset=utf-8' },
    });
  };
}

/** Paths of the files below a folder, with `/`; none where it is not built yet: the answer says so. */
async function list(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}
