// Entry of the image process: decodes pictures for the page and encodes them anew. A file that kills a decoder kills
// this process, not the app.
import { readFile } from 'node:fs/promises';
import { connectToParent } from '../process/parent.ts';
import { reasonFor, upright } from './decode.ts';
import type { RenderReply, RenderRequest } from './protocol.ts';

const thumbSide = 320;
/** Up to this many pixels a picture is sent without loss; PNG of larger ones takes seconds and megabytes. */
const losslessPixels = 1_000_000;

const parent = connectToParent();

parent.onMessage((message) => {
  const request = message as RenderRequest;
  render(request).then(
    (picture) => parent.send({ id: request.id, ...picture } satisfies RenderReply),
    (error: unknown) => parent.send({ id: request.id, reason: reasonFor(error) } satisfies RenderReply),
  );
});

async function render({ file, kind }: RenderRequest): Promise<{ bytes: Uint8Array; contentType: string }> {
  const image = upright(await readFile(file));
  if (kind === 'thumb') {
    const thumb = image.resize(thumbSide, thumbSide, { fit: 'inside', withoutEnlargement: true });
    return { bytes: await thumb.webp({ quality: 82 }).toBuffer(), contentType: 'image/webp' };
  }
  const { width = 0, height = 0 } = await image.metadata();
  return width * height <= losslessPixels
    ? { bytes: await image.png({ compressionLevel: 3 }).toBuffer(), contentType: 'image/png' }
    : {
        bytes: await image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
        contentType: 'image/jpeg',
      };
}
