// The two queries that everything starts from.
import type { QueueQuery } from './contract.ts';

/** Every image, worst first. */
export const everyImage: QueueQuery = {
  verdicts: [],
  classes: [],
  predicted: null,
  splits: [],
  search: '',
  lossFrom: null,
  lossTo: null,
  finding: null,
  sort: 'loss',
};

/** What is left to review, worst first. */
export const worstFirst: QueueQuery = { ...everyImage, verdicts: ['none'] };
