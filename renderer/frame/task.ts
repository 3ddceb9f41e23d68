// How far a task is, in words.
import type { Task } from '../../shared/contract.ts';
import { count, number, timeLeft } from '../format.ts';

/** "96 of 500 images", "96 images" while the total is unknown, "36 %". */
export function taskAmount({ unit, done, total }: Task): string {
  if (unit === '%') return `${number(done)} %`;
  return total === null ? count(done, unit, unit) : `${number(done)} of ${count(total, unit, unit)}`;
}

/** "96 of 500 images · 63 images/s · 7 s left", as far as it is known. */
export function taskProgress(task: Task): string {
  const { unit, rate, secondsLeft } = task;
  return [
    taskAmount(task),
    ...(rate === null || unit === '%' ? [] : [`${number(rate)} ${unit}/s`]),
    ...(secondsLeft === null ? [] : [`${timeLeft(secondsLeft)} left`]),
  ].join(' · ');
}
