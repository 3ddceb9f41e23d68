import { expect, test } from 'vitest';
import type { Task } from '../../shared/contract.ts';
import { taskProgress } from './task.ts';

const task: Task = {
  phase: 'features',
  title: 'Reading images',
  unit: 'images',
  done: 96,
  total: 500,
  rate: 63.2,
  secondsLeft: 6.4,
};

test('says how far a task is, how fast it is and how long it takes', () => {
  expect(taskProgress(task)).toBe('96 of 500 images · 63 images/s · 7 s left');
});

test('leaves out what is not known yet', () => {
  expect(taskProgress({ ...task, total: null, rate: null, secondsLeft: null })).toBe('96 images');
});

test('writes a share as a share', () => {
  expect(taskProgress({ ...task, unit: '%', done: 36, total: 100, secondsLeft: null })).toBe('36 %');
});
