// Every command of the command line, in the order of the overview.
import type { Command } from '../command.ts';
import { apply } from './apply.ts';
import { backbones } from './backbones.ts';
import { batch } from './batch.ts';
import { check } from './check.ts';
import { engines } from './engines.ts';
import { exportCommand } from './export.ts';
import { findLr } from './findLr.ts';
import { importCommand } from './import.ts';
import { log } from './log.ts';
import { moveExcluded, putBack } from './moveExcluded.ts';
import { open } from './open.ts';
import { problems } from './problems.ts';
import { rank } from './rank.ts';
import { restore } from './restore.ts';
import { runs } from './runs.ts';
import { serve } from './serve.ts';
import { summary } from './summary.ts';
import { train } from './train.ts';
import { redo, undo } from './undo.ts';

export const commands: readonly Command[] = [
  rank,
  importCommand,
  train,
  findLr,
  runs,
  apply,
  undo,
  redo,
  log,
  exportCommand,
  moveExcluded,
  putBack,
  problems,
  check,
  batch,
  summary,
  restore,
  backbones,
  engines,
  open,
  serve,
];
