// Draws the app's icon from the page's, in the sizes that systems ask for: `npm run icons`, after a change of the drawing.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

export const sizes = [16, 24, 32, 48, 64, 128, 256, 512, 1024] as const;
export const folder = join(import.meta.dirname, 'icons');
/** What is drawn of the square: docks leave a tenth of it free on each side. Small icons need every pixel. */
const share = (size: number): number => (size < 64 ? 1 : 0.8);

export async function drawIcon(size: number): Promise<Buffer> {
  const drawing = await readFile(join(import.meta.dirname, '../../../renderer/icon.svg'));
  const side = Math.round(size * share(size));
  const margin = Math.floor((size - side) / 2);
  // At its own size the drawing is 32 pixels wide at 72 dots an inch.
  return sharp(drawing, { density: (72 * side) / 32 })
    .resize(side, side)
    .extend({
      top: margin,
      left: margin,
      bottom: size - side - margin,
      right: size - side - margin,
      background: 'transparent',
    })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

if (import.meta.main) {
  await mkdir(folder, { recursive: true });
  for (const size of sizes) await writeFile(join(folder, `${size}.png`), await drawIcon(size));
}
