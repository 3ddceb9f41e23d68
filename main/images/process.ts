// Entry of the image process: decodes pictures for the page and encodes them anew. A file that kills a decoder kills
// this process, not the app.
import { readWhole } from '../catalog/open.ts';
import { connectToParent } from '../process/parent.ts';
import { places, reasonFor, upright, withRoom } from './decode.ts';
import type { RenderReply, RenderRequest } from './protocol.ts';

const thumbSide = 320;
/** Up to this many pixels a picture is sent without loss; PNG of larger ones takes seconds and megabytes. */
const losslessPixels = 1_000_000;

const parent = connectToParent();

parent.onMessage((message) => {
  const request = message as RenderRequest;
  places
    .within(1, () => render(request))
    .then(
      (picture) => parent.send({ id: request.id, ...picture } satisfies RenderReply),
      (error: unknown) => parent.send({ id: request.id, reason: reasonFor(error) } satisfies RenderReply),
    );
});

async function render({ file, kind }: RenderRequest): Promise<{ bytes: Uint8Array; contentType: string }> {
  const image = upright(await readWhole(file));
  return withRoom(image, async ({ width, height }) => {
    if (kind === 'thumb') {
      const thumb = image.resize(thumbSide, thumbSide, { fit: 'inside', withoutEnlargement: true });
      return { bytes: await thumb.webp({ quality: 82 }).toBuffer(), contentType: 'image/webp' };
    }
    return width * height <= losslessPixels
      ? { bytes: await image.png({ compressionLevel: 3 }).toBuffer(), contentType: 'image/png' }
      : {
          bytes: await image.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer(),
          contentType: 'image/jpeg',
        };
  });
}
