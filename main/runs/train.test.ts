import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { eachScore, type Score } from '../../shared/scores.ts';
import type { Trainer } from '../trainer/trainer.ts';
import { readTold } from '../trainer/messages.ts';
import { unfollowed } from '../work/work.ts';
import { allImages } from '../store/images.ts';
import { allRuns, readScores } from '../store/runs.ts';
import { writeTinyBackbone } from '../testing/backbone.ts';
import { failureOf } from '../testing/failure.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { drawFlower, drawFlowers, put } from '../testing/images.ts';
import {
  idAt,
  importNow,
  newProject,
  opened,
  rowAt,
  startTrainer,
  trainNow,
  warmTrainer,
  type TestProject,
} from '../testing/project.ts';
import { decideOn } from '../testing/store.ts';
import { allClasses } from '../labels/labels.ts';
import { openProject } from '../project/open.ts';
import { storeRun, type TrainedProject } from './train.ts';

const backbone = () => writeTinyBackbone(temporaryFolder());
const features = 12;

/** An imported project, and a trainer that has others behind it. */
async function ready(perClass: number): Promise<TestProject & { trainer: Trainer }> {
  const made = await newProject(perClass);
  await importNow(made.project);
  return { ...made, trainer: warmTrainer() };
}

/** An imported project with a trainer of its own, for what is done to the process. */
async function readyAlone(perClass: number): Promise<TestProject & ReturnType<typeof startTrainer>> {
  return { ...(await ready(perClass)), ...startTrainer() };
}

/** What a training says of the image at a path; undefined where it has not scored it. */
const scoreAtPath = (
  project: TestProject['project'],
  { trained: { scores } }: TrainedProject,
  path: string,
): Score | undefined => [...eachScore(scores)].find(({ image }) => image === idAt(project, path));

/** Everything that a training says of the images. */
const scoresIn = ({ trained: { scores, parameters } }: TrainedProject) => ({ scores, parameters });

const cacheFile = (folder: string, ending: '.f32' | '.idx') => {
  const [name = ''] = readdirSync(join(folder, 'cache/features')).filter((file) => file.endsWith(ending));
  return join(folder, 'cache/features', name);
};

test('a second training reads no image, and gives the same scores byte for byte', async () => {
  const { project, trainer } = await ready(20);
  const first = await trainNow(project, trainer, { backbone: backbone() });
  expect(first.trained.decoded).toBe(60);
  expect(first.trained.accuracy).toBeGreaterThan(0.9);
  const second = await trainNow(project, startTrainer().trainer, { backbone: first.backbone });
  expect(second.trained.decoded).toBe(0);
  expect(scoresIn(second)).toEqual(scoresIn(first));
});

test('a byte-identical copy of a wrong image does not vouch for it', async () => {
  const { project, root, trainer } = await ready(8);
  const violet = await drawFlower('violet', 903);
  put(root, 'rose/wrong.png', violet);
  await importNow(project);
  const alone = await trainNow(project, trainer, { backbone: backbone() });
  put(root, 'rose/copy.png', violet);
  await importNow(project);
  const copied = await trainNow(project, trainer, { backbone: alone.backbone });
  const before = scoreAtPath(project, alone, 'rose/wrong.png')?.loss ?? NaN;
  for (const path of ['rose/wrong.png', 'rose/copy.png'])
    expect(scoreAtPath(project, copied, path)?.loss).toBeGreaterThan(0.75 * before);
});

test('what was found out about each file is stored', async () => {
  const { project, trainer } = await ready(2);
  await trainNow(project, trainer, { backbone: backbone() });
  for (const { hash, width, height } of allImages(project.db)) {
    expect(hash).toHaveLength(32);
    expect([width, height]).toEqual([16, 16]);
  }
});

test(
  'a training goes on where a killed one stopped, and gives the same scores byte for byte',
  { tags: 'training-killed' },
  async () => {
    const { root, project, trainer, children } = await readyAlone(200);
    const model = backbone();
    const training = trainNow(project, trainer, { backbone: model });
    whenFound(children, (pid) => process.kill(pid, 'SIGKILL'));
    // A death while a file is being decoded may be the file's doing: then the training goes on by itself, with care.
    const resumed = await training.catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'trainer' });
      expect(String(error)).toMatch(/SIGKILL.*labels are safe/);
      return trainNow(project, trainer, { backbone: model });
    });
    expect(children).toHaveLength(2);
    expect(resumed.trained.decoded).toBeGreaterThan(0);
    expect(resumed.trained.decoded).toBeLessThan(600);

    const untouched = openProject(root, { folder: temporaryFolder() });
    await importNow(untouched);
    const uninterrupted = await trainNow(untouched, trainer, { backbone: model });
    expect(uninterrupted.trained.decoded).toBe(600);
    expect(scoresIn(resumed)).toEqual(scoresIn(uninterrupted));
    untouched.close();
  },
);

test('a cancelled training keeps what it has computed', async () => {
  const { project, trainer, children } = await readyAlone(200);
  const controller = new AbortController();
  const model = backbone();
  const training = trainNow(project, trainer, { backbone: model }, unfollowed(controller.signal));
  whenFound(children, () => controller.abort(new Failure('cancelled', 'Cancelled.')));
  expect((await failureOf(() => training)).code).toBe('cancelled');
  expect(children).toHaveLength(1);
  const next = await trainNow(project, trainer, { backbone: model });
  expect(next.trained.decoded).toBeLessThan(600);
  // The same process goes on.
  expect(children).toHaveLength(1);
  controller.abort();
  expect(
    (await failureOf(() => trainNow(project, trainer, { backbone: model }, unfollowed(controller.signal))))
      .code,
  ).toBe('cancelled');
});

test(
  'images that are damaged are listed with their reason, and the others are ranked',
  { tags: 'damaged-images' },
  async () => {
    const { root, project, trainer } = await ready(5);
    const png = await drawFlower('rose', 500);
    put(root, 'rose/cut.png', png.subarray(0, png.length / 2));
    put(root, 'rose/head.png', png.subarray(0, 40));
    put(root, 'rose/vanishing.png', png);
    await importNow(project);
    rmSync(join(root, 'rose/vanishing.png'));
    const trained = await trainNow(project, trainer, { backbone: backbone() });
    expect(rowAt(project, 'rose/cut.png').reason).toMatch(/^damaged: /);
    expect(rowAt(project, 'rose/head.png').reason).toMatch(/^damaged: /);
    expect(rowAt(project, 'rose/vanishing.png').reason).toBe('there is no such file');
    expect(scoreAtPath(project, trained, 'rose/cut.png')).toBeUndefined();

    const run = storeRun(project.db, trained, 0);
    expect([...eachScore(readScores(project.db, run))]).toHaveLength(15);
    expect(allRuns(project.db)).toMatchObject([{ images: 15, backbone: 'tiny', seed: 1 }]);
  },
);

test('a set in which no image can be decoded is refused', { tags: 'too-few-images' }, async () => {
  const root = join(temporaryFolder(), 'flowers');
  const png = await drawFlower('rose', 500);
  for (const path of ['rose/1.png', 'tulip/1.png']) put(root, path, png.subarray(0, 40));
  const project = opened(root);
  await importNow(project);
  for (const model of [null, backbone()]) {
    const { code } = await failureOf(() => trainNow(project, warmTrainer(), { backbone: model }));
    expect(code).toBe('empty');
  }
  expect(rowAt(project, 'rose/1.png').reason).toMatch(/^damaged: /);
});

const tears: Record<string, (folder: string) => void> = {
  'vectors that were cut off': (folder) => truncateSync(cacheFile(folder, '.f32'), features * 4 * 20 + 7),
  'an index that was cut off': (folder) => truncateSync(cacheFile(folder, '.idx'), 36 * 20 + 5),
  'a vector with another byte': (folder) => {
    const bytes = readFileSync(cacheFile(folder, '.f32'));
    bytes[features * 4 * 20 + 3] = (bytes[features * 4 * 20 + 3] ?? 0) ^ 0x10;
    writeFileSync(cacheFile(folder, '.f32'), bytes);
  },
  'no index': (folder) => rmSync(cacheFile(folder, '.idx')),
  'no cache at all': (folder) => rmSync(join(folder, 'cache'), { recursive: true }),
};

test(
  'features that were lost or torn on disk are computed anew, and nothing else',
  { tags: 'torn-features' },
  async () => {
    const { project, trainer } = await ready(20);
    const model = backbone();
    const intact = await trainNow(project, trainer, { backbone: model });
    for (const [what, tear] of Object.entries(tears)) {
      tear(project.folder);
      const trained = await trainNow(project, trainer, { backbone: model });
      expect(trained.trained.decoded, what).toBe(what.startsWith('no ') ? 60 : 40);
      expect(scoresIn(trained), what).toEqual(scoresIn(intact));
      expect(statSync(cacheFile(project.folder, '.f32')).size, what).toBe(60 * features * 4);
    }
  },
);

test('copies of an image share one vector', async () => {
  const { root, project, trainer } = await ready(5);
  for (let i = 0; i < 30; i++) copyFileSync(join(root, 'rose/0.png'), join(root, `rose/copy${i}.png`));
  await importNow(project);
  const trained = await trainNow(project, trainer, { backbone: backbone() });
  expect(statSync(cacheFile(project.folder, '.f32')).size).toBe(15 * features * 4);
  const [a, b] = ['rose/copy1.png', 'rose/copy2.png'].map(
    (path) => scoreAtPath(project, trained, path)?.loss,
  );
  expect(a).toBeTypeOf('number');
  expect(b).toBe(a);
});

test(
  'images without a label and excluded ones are scored, and a class of one image is no obstacle',
  { tags: 'one-image-class' },
  async () => {
    const { root, project, trainer } = await ready(8);
    put(root, 'unlabelled.png', await drawFlower('violet', 901));
    put(root, 'lonely/0.png', await drawFlower('tulip', 902));
    await importNow(project);
    decideOn(project.db, [idAt(project, 'rose/0.png')], { verdict: 'exclude' });
    const trained = await trainNow(project, trainer, { backbone: backbone() });
    const run = storeRun(project.db, trained, 0);
    const scores = new Map([...eachScore(readScores(project.db, run))].map((score) => [score.image, score]));
    const nameOf = new Map(allClasses(project.db).map(({ id, name }) => [id, name]));
    const unlabelled = scores.get(idAt(project, 'unlabelled.png'));
    expect(unlabelled).toMatchObject({ loss: null, probability: null });
    expect(nameOf.get(unlabelled?.predicted ?? (0 as never))).toBe('violet');
    expect(unlabelled?.suggestions[0]?.class).toBe(unlabelled?.predicted);
    expect(unlabelled?.suggestions.length).toBeGreaterThanOrEqual(3);
    expect(scores.get(idAt(project, 'rose/0.png'))?.loss).toBeLessThan(1);
    // Nothing else looks like it says: without itself, its class has no image.
    expect(scores.get(idAt(project, 'lonely/0.png'))?.loss).toBeGreaterThan(1);
    expect([...scores.values()].every(({ loss }) => loss === null || Number.isFinite(loss))).toBe(true);
  },
);

test('an image with a wrong label gets the highest loss, and its own class as first suggestion', async () => {
  const { root, project, trainer } = await ready(15);
  put(root, 'rose/wrong.png', await drawFlower('violet', 903));
  await importNow(project);
  const trained = await trainNow(project, trainer, { backbone: backbone() });
  const wrong = scoreAtPath(project, trained, 'rose/wrong.png');
  expect(wrong?.loss).toBe(Math.max(...trained.trained.scores.loss));
  expect(wrong?.suggestions[0]?.class).toBe(allClasses(project.db).find(({ name }) => name === 'violet')?.id);
});

test('a set of one class is refused before its images are read', { tags: 'too-few-images' }, async () => {
  const { project } = await newProject(3, ['rose']);
  await importNow(project);
  const { code, message } = await failureOf(() => trainNow(project, warmTrainer(), { backbone: backbone() }));
  expect(code).toBe('empty');
  expect(message).toContain('one class');
  // Nothing was computed for it.
  expect(allImages(project.db).map(({ hash }) => hash)).toEqual([null, null, null]);
});

test('a set with several labels an image is ranked by each of them', async () => {
  const root = join(temporaryFolder(), 'flowers');
  const paths = await drawFlowers(root, 10);
  const labelled = paths.map((path) => {
    const flower = path.slice(0, path.indexOf('/'));
    return `${path},${flower === 'rose' ? 'rose|warm' : flower === 'tulip' ? 'tulip|warm' : 'violet'}`;
  });
  put(root, 'labels.csv', `path,label\n${labelled.join('\n')}\n`);
  const project = opened(join(root, 'labels.csv'));
  await importNow(project);
  const { trained } = await trainNow(project, warmTrainer(), { backbone: backbone() });
  expect(trained.accuracy).toBeGreaterThan(0.9);
  expect([...trained.scores.loss].every(Number.isFinite)).toBe(true);
});

test('labels that a person gave to an image of a single-label set are trained on, be they several', async () => {
  const { project, trainer } = await ready(5);
  const [first, second] = [1, 2] as never[];
  decideOn(project.db, [idAt(project, 'rose/0.png')], {
    verdict: 'relabel',
    label: [first, second] as never,
  });
  await importNow(project);
  const { trained } = await trainNow(project, trainer, { backbone: backbone() });
  expect([...trained.scores.loss].every(Number.isFinite)).toBe(true);
});

test('a backbone that cannot be used is refused, and the trainer goes on', async () => {
  const { root, project, trainer, children } = await readyAlone(3);
  put(root, '../model.onnx', 'this is a text file');
  const path = join(root, '../model.onnx');
  const { code, message } = await failureOf(() =>
    trainNow(project, trainer, { backbone: { path, name: 'x' } }),
  );
  expect(code).toBe('bad-backbone');
  expect(message).toContain(path);
  const nowhere = { path: `${path}.nowhere`, name: 'x' };
  expect((await failureOf(() => trainNow(project, trainer, { backbone: nowhere }))).code).toBe('not-found');
  expect((await trainNow(project, trainer, { backbone: backbone() })).trained.decoded).toBe(9);
  expect(children).toHaveLength(1);
});

test('without a backbone, features are learned from the images once', async () => {
  const { project, trainer } = await ready(15);
  const { trained } = await trainNow(project, trainer, { backbone: null });
  expect(trained.backbone.name).toBe('patches');
  expect(trained.accuracy).toBeGreaterThan(0.9);
  expect(existsSync(join(project.folder, 'cache/models/patches-1/model.onnx'))).toBe(true);
});

test('a full disk while findings are stored ends the training with a sentence, not the app', async () => {
  const { project, trainer, children } = await readyAlone(200);
  const pages = Number(project.db.pragma('page_count', { simple: true }));
  project.db.pragma(`max_page_count = ${pages}`);
  const { code, message } = await failureOf(() => trainNow(project, trainer, { backbone: backbone() }));
  expect(code).toBe('disk-full');
  expect(message).toContain('labels.db');
  project.db.pragma('max_page_count = 1000000');
  expect((await trainNow(project, trainer, { backbone: backbone() })).trained.decoded).toBe(600);
  expect(children).toHaveLength(1);
});

/** Does something with the trainer's process once it has reported its first images. */
function whenFound(children: ReturnType<typeof startTrainer>['children'], act: (pid: number) => void): void {
  const [child] = children;
  if (!child) throw new Error('no trainer was started');
  let found = false;
  child.onMessage((message) => {
    const told = typeof message === 'object' && message !== null && 'told' in message ? message.told : null;
    if (found || readTold(told)?.kind !== 'found' || !child.pid) return;
    found = true;
    act(child.pid);
  });
}
