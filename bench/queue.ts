// What the queue costs by the number of images: see review/queue.ts. Prints one JSON object.
//   npm run bench -- queue [--images N,N…]
import { parseArgs } from 'node:util';
import { classes, measureQueue, pageLength } from './review/queue.ts';

const { values } = parseArgs({ options: { images: { type: 'string', default: '100000,1000000' } } });
const results = [];
for (const images of values.images.split(',').map(Number)) results.push(await measureQueue(images));
console.log(JSON.stringify({ bench: 'queue', classes, pageLength, results }, null, 2));
