// A contact sheet of a batch: each image as the network sees it, with its label on top. Pixels are enlarged by whole
// numbers, so that nothing is smoothed that the network sees rough.
import sharp from 'sharp';

export interface SheetImage {
  /** Bytes of sRGB, side × side × 3. */
  readonly pixels: Uint8Array;
  readonly label: string;
}

/** An image is shown at least so large, in pixels. */
const leastSide = 160;
const gap = 16;
const labelHeight = 26;
const background = '#16181d';
const ink = '#e8eaed';
/** Wider than high, as screens are. */
const shape = 1.6;

/** @returns a PNG. */
export async function contactSheet(images: readonly SheetImage[], side: number): Promise<Buffer> {
  const enlarged = side * Math.max(1, Math.ceil(leastSide / side));
  const columns = Math.min(images.length, Math.ceil(Math.sqrt(images.length * shape)));
  const rows = Math.ceil(images.length / columns);
  const [cellWidth, cellHeight] = [enlarged + gap, enlarged + labelHeight + gap];
  const parts = await Promise.all(
    images.map(async ({ pixels, label }, i) => {
      const left = gap + (i % columns) * cellWidth;
      const top = gap + Math.floor(i / columns) * cellHeight;
      const text = await drawLabel(label, enlarged);
      const picture = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
        .resize(enlarged, enlarged, { kernel: 'nearest' })
        .png()
        .toBuffer();
      return [
        { input: picture, left, top: top + labelHeight },
        ...(text
          ? [{ input: text.data, left, top: top + Math.max(0, labelHeight - 6 - text.info.height) }]
          : []),
      ];
    }),
  );
  const size = { width: gap + columns * cellWidth, height: gap + rows * cellHeight };
  return sharp({ create: { ...size, channels: 3, background } })
    .composite(parts.flat())
    .removeAlpha()
    .png()
    .toBuffer();
}

/** Letters that nobody sees, as high and as deep as any: so all labels are equally high, and stand on one line. */
const strut = '<span alpha="1"> Åg</span>';

/** The label on one line; one that is too long ends in dots. */
async function drawLabel(label: string, width: number) {
  // Nothing that breaks the line, and nothing that draws nothing.
  const letters = [...label.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()];
  if (letters.length === 0) return null;
  for (let kept = letters.length; ;) {
    const text = kept === letters.length ? letters.join('') : `${letters.slice(0, kept).join('')}…`;
    const drawn = await sharp({
      text: {
        text: `<span foreground="${ink}">${escaped(text)}</span>${strut}`,
        font: 'sans 11',
        dpi: 96,
        rgba: true,
      },
    })
      .png()
      .toBuffer({ resolveWithObject: true });
    if (drawn.info.width <= width || kept <= 1) return drawn;
    kept = Math.max(1, Math.min(kept - 1, Math.floor((kept * width) / drawn.info.width)));
  }
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
