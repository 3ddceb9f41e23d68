// What `toploss rank` takes on a fresh project, beside the least that it can take: a bare loop that decodes each image
// and runs the model. Both run one after the other, on files that are in the page cache. Prints one JSON object.
//   npm run bench -- rank DATASET --backbone PATH [--repeat N]
import { readFile, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadOnnxBackbone, modelFile } from '../main/features/backbone/onnx.ts';
import { readProject } from '../main/project/open.ts';
import { allImages } from '../main/store/images.ts';
import { latestRun } from '../main/store/runs.ts';
import type { FloorRequest } from './cli/floor.ts';
import { measure } from './cli/measured.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { backbone: { type: 'string' }, repeat: { type: 'string', default: '1' } },
});
const [dataset] = positionals;
const { backbone } = values;
const repeat = Number(values.repeat);
if (!dataset || !backbone || !(repeat >= 1)) {
  console.error('usage: npm run bench -- rank DATASET --backbone PATH [--repeat N]');
  process.exit(2);
}

const toploss = fileURLToPath(new URL('../main/cli/toploss.ts', import.meta.url));
const floor = fileURLToPath(new URL('./cli/floor.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'toploss-bench-'));
try {
  console.log(JSON.stringify(await bench(dataset, backbone), null, 2));
} finally {
  rmSync(folder, { recursive: true });
}

async function bench(dataset: string, backbone: string) {
  const files = await importedFiles(dataset);
  // Both sides find the files in the page cache.
  for (const file of files) await readFile(file);

  const apps: Awaited<ReturnType<typeof rank>>[] = [];
  const floors: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const app = await rank(dataset, backbone, join(folder, `rank-${i}`));
    apps.push(app);
    floors.push(await runFloor({ ...app.shape, images: files, model: modelFile(backbone) }));
  }

  const images = files.length;
  const seconds = (of: (app: (typeof apps)[number]) => number) => {
    const value = median(apps.map(of));
    return { seconds: round(value), imagesPerSecond: round(images / value) };
  };
  const floorSeconds = median(floors);
  const total = median(apps.map(({ total }) => total));
  return {
    bench: 'rank',
    dataset,
    backbone,
    ...apps[0]?.shape,
    images,
    repeat,
    scan: seconds(({ timings }) => timings['scan'] ?? Number.NaN),
    // Decoding runs while the model computes: these two overlap.
    decode: seconds(({ timings }) => timings['decode'] ?? Number.NaN),
    inference: seconds(({ timings }) => timings['inference'] ?? Number.NaN),
    head: seconds(({ timings }) => timings['head'] ?? Number.NaN),
    total: seconds(({ total }) => total),
    floor: { seconds: round(floorSeconds), imagesPerSecond: round(images / floorSeconds) },
    ratioToFloor: round(total / floorSeconds),
    secondRank: { seconds: round(median(apps.map(({ again }) => again))) },
    peakMegabytes: Math.max(...apps.map(({ peakMegabytes }) => peakMegabytes ?? Number.NaN)),
  };
}

/** Every image of the data set that looks like one. */
async function importedFiles(dataset: string): Promise<string[]> {
  const place = join(folder, 'import');
  await measure(toploss, ['import', dataset, '--project', place]);
  const project = readProject(dataset, { folder: place });
  try {
    return allImages(project.db).flatMap(({ path, reason }) =>
      reason === null ? [join(project.root, path)] : [],
    );
  } finally {
    project.close();
  }
}

/** A first rank and a second one with nothing changed, in a project of its own. */
async function rank(dataset: string, backbone: string, place: string) {
  // Its floor is that of one view.
  const args = ['rank', dataset, '--backbone', backbone, '--project', place, '--json', '--one-view'];
  const first = await measure(toploss, args);
  const again = await measure(toploss, args);
  const project = readProject(dataset, { folder: place });
  try {
    const run = latestRun(project.db);
    const side = run?.recipe['side'];
    if (!run || typeof side !== 'number') throw new Error('rank stored no run');
    const loaded = await loadOnnxBackbone({ path: backbone, engine: null, side, imageSide: side });
    await loaded.release();
    return {
      shape: { side, batchSize: loaded.batchSize },
      timings: run.timings,
      total: first.seconds,
      peakMegabytes: first.peakMegabytes,
      again: again.seconds,
    };
  } finally {
    project.close();
  }
}

/** Seconds of the bare loop, in a process of its own; starting it and loading the model do not count. */
async function runFloor(request: FloorRequest): Promise<number> {
  const file = join(folder, 'floor.json');
  await writeFile(file, JSON.stringify(request));
  const { output } = await measure(floor, [file]);
  return Number(output);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
