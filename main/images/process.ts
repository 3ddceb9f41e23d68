// Entry of the image process: decodes pictures for the page and encodes them anew. A file that kills a decoder kills
// this process, not the app.
import { errorCode, readFailure } from '../files/reason.ts';
import { answerOver } from '../process/asking.ts';
import { connectToParent } from '../process/parent.ts';
import { places, reasonFor, upright, withContent, withRoom } from './decode.ts';
import type { Picture, RenderReply, RenderRequest } from './protocol.ts';

const thumbSide = 320;
/** Up to this many pixels a picture is sent without loss; PNG of larger ones takes seconds and megabytes. */
const losslessPixels = 1_000_000;
/** More pixels than these are not shown: a browser takes four bytes for each, and every process on the way some more. */
const pixelsShown = 24_000_000;

answerOver(connectToParent(), ({ file, kind }: RenderRequest): Promise<RenderReply> =>
  places
    .within(1, () => withContent(file, (bytes) => (kind === 'thumb' ? makeThumb(bytes) : makeFull(bytes))))
    .catch((error: unknown) => ({
      reason: errorCode(error) === null ? reasonFor(error) : readFailure(error),
    })),
);

function makeThumb(content: Uint8Array): Promise<Picture> {
  const image = upright(content);
  return withRoom(image, async () => {
    const thumb = image.resize(thumbSide, thumbSide, { fit: 'inside', withoutEnlargement: true });
    return { bytes: await thumb.webp({ quality: 82 }).toBuffer(), contentType: 'image/webp' };
  });
}

function makeFull(content: Uint8Array): Promise<Picture> {
  const image = upright(content);
  return withRoom(
    image,
    async ({ width, height, autoOrient }, pixels) => {
      if (width * height <= losslessPixels)
        return { bytes: await image.png({ compressionLevel: 3 }).toBuffer(), contentType: 'image/png' };
      const scale = Math.sqrt(pixels / (width * height));
      if (scale < 1)
        image.resize(Math.round(autoOrient.width * scale), Math.round(autoOrient.height * scale), {
          fit: 'inside',
        });
      // Optimised codings would take six bytes a pixel and three times as long, for 5 % of the size.
      const jpeg = image.jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimiseCoding: false });
      return { bytes: await jpeg.toBuffer(), contentType: 'image/jpeg' };
    },
    pixelsShown,
  );
}
