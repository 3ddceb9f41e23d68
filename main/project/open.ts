// A project: one data set, and the folder beside it where Toploss keeps labels, caches and backups. Knows where
// these lie and who may write; not what is done with them.
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import type { ProjectId } from '../../shared/domain.ts';
import { Failure } from '../../shared/failure.ts';
import { lockProject } from '../store/lock.ts';
import { keepStore, type KeptStore } from '../store/keep.ts';
import { openStore, openStoreReadOnly, type Db } from '../store/open.ts';
import { restorableBackups, restoreStore, type RestorableBackup, type Restored } from '../store/restore.ts';
import { isNetworkDrive } from '../files/drive.ts';

export interface Project {
  readonly id: ProjectId;
  /** Name of the data set, for people. */
  readonly name: string;
  /** Absolute path of the folder or CSV. */
  readonly dataset: string;
  /** The folder that image paths are relative to. */
  readonly root: string;
  /** Where labels.db lies. */
  readonly folder: string;
  readonly db: Db;
  /** Runs a change of the database; a full disk, a moved or damaged file and the like become a `Failure` that names it. */
  store<T>(change: () => T): T;
  /** @throws Failure `moved` where labels.db is no longer in its place. */
  checkPlace(): void;
  /** Lets go of the database and of the writer's lock. */
  close(): void;
}

export interface ProjectPlace {
  /** Use this folder instead of the one beside the data set. */
  readonly folder?: string | undefined;
  /** Where projects of read-only places go; by default the user's data directory. */
  readonly userData?: string | undefined;
  /** Whether a folder lies on another machine; by default the file system is asked. */
  readonly isRemote?: (folder: string) => boolean;
}

/** The user's data directory for Toploss: projects of read-only places, recent projects, the sample. */
export function userDataFolder(): string {
  return process.env['TOPLOSS_USER_DATA'] ?? envPaths('toploss', { suffix: '' }).data;
}

/**
 * Opens a data set's project to work on it, making it where there is none yet.
 * @throws Failure `not-found`, `busy` where another process works on it, `read-only`, and those of `openStore`.
 */
export function openProject(dataset: string, place: ProjectPlace = {}): Project {
  const located = locate(dataset, place);
  const unlock = lockIn(located.folder);
  try {
    const isRemote = place.isRemote ?? isNetworkDrive;
    const db = openStore(located.folder, { ahead: !isRemote(located.folder) });
    const kept = keepStore(db, located.folder);
    return {
      ...located,
      ...kept,
      db,
      close() {
        kept.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The id of a data set's project, whichever way its path is written. @throws Failure `not-found` */
export function projectIdOf(dataset: string, place: ProjectPlace = {}): ProjectId {
  return locate(dataset, place).id;
}

/** Whether two ways of writing a path name one data set that is there. */
export function isSameDataset(one: string, other: string): boolean {
  const [first, second] = [absolute(one), absolute(other)];
  return existsSync(first) && existsSync(second) && realpathSync(first) === realpathSync(second);
}

/** Opens an existing project to read it; another process may be working on it. */
export function readProject(dataset: string, place: ProjectPlace = {}): Project {
  const located = locate(dataset, place);
  return {
    ...located,
    ...openStoreReadOnly(located.folder),
    checkPlace: () => {},
    store: (change) => change(),
  };
}

/** The backups of a project that it can go back to, newest first. Its labels.db may be damaged, or gone. */
export function projectBackups(dataset: string, place: ProjectPlace = {}): RestorableBackup[] {
  return [...restorableBackups(locate(dataset, place).folder)];
}

/**
 * Goes back to a backup, by its name or to the newest that is intact. What was there is moved aside.
 * @throws Failure `not-found`, `newer-version`, `busy`: nothing was changed in these cases.
 */
export function restoreProject(dataset: string, name?: string, place: ProjectPlace = {}): Restored {
  const { folder } = locate(dataset, place);
  if (!existsSync(folder)) {
    throw new Failure('not-found', `There is no project in ${folder} yet, and so no backup of it.`);
  }
  const unlock = lockIn(folder);
  try {
    return restoreStore(folder, name);
  } finally {
    unlock();
  }
}

function locate(dataset: string, place: ProjectPlace): Omit<Project, 'db' | keyof KeptStore> {
  const path = absolute(dataset);
  if (!existsSync(path)) {
    throw new Failure(
      'not-found',
      `There is no folder or CSV at ${path}. Nothing was created. Check the path, and that the drive is connected.`,
    );
  }
  const real = realpathSync(path);
  const folder = place.folder ? absolute(place.folder) : besideOrHome(real, place);
  return {
    id: createHash('sha256').update(`${real}\n${folder}`).digest('hex').slice(0, 16) as ProjectId,
    name: nameOf(real),
    dataset: real,
    root: statSync(real).isDirectory() ? real : dirname(real),
    folder,
  };
}

/** `pets` for pets/, but `pets/images` for pets/images/: that alone would say nothing. */
function nameOf(dataset: string): string {
  const name = basename(dataset);
  return /^(images?|data|dataset|photos|pictures)$/i.test(name)
    ? `${basename(dirname(dataset))}/${name}`
    : name;
}

/** `pets/` → `pets.toploss/`, never inside the data set: a folder there would be a class to every trainer. */
function besideOrHome(
  dataset: string,
  { userData = userDataFolder(), isRemote = isNetworkDrive }: ProjectPlace,
): string {
  const beside = `${dataset}.toploss`;
  const hash = createHash('sha256').update(dataset).digest('hex').slice(0, 8);
  const home = join(userData, 'projects', `${basename(dataset)}-${hash}.toploss`);
  // A project that is there already is the one, also where it can't be used just now: another would hide its labels.
  const existing = [beside, home].find((folder) => existsSync(folder));
  if (existing !== undefined) return existing;
  // The locks that keep two writers apart do not hold between machines.
  if (isRemote(dirname(dataset))) return home;
  try {
    accessSync(dirname(dataset), constants.W_OK);
    return beside;
  } catch {
    return home;
  }
}

function lockIn(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.R_OK | constants.W_OK);
    return lockProject(folder);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      'read-only',
      `The project folder ${folder} can't be used (${error instanceof Error ? error.message : String(error)}). ` +
        'Nothing was changed. Make it writable, or name another one with --project.',
      { cause: error },
    );
  }
}

function absolute(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(path);
}
