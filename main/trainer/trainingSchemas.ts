// What a fine-tuning is asked and what it tells, checked where it arrives: from a page, from the trainer, from the store.
import { z } from 'zod';
import {
  engineNames,
  type EpochSummary,
  type FineTuneOptions,
  type LearningRequest,
  type RateFinding,
  type StepPoint,
} from '../../shared/training.ts';

const place = z.int().nonnegative();
const count = z.number().nonnegative();
const loss = z.number().or(z.nan());
const rate = z.number().positive().max(10);

export const fineTuneOptions: z.ZodType<FineTuneOptions> = z.object({
  network: z.string().min(1).max(4096),
  epochs: z.int().min(1).max(10_000),
  freezeEpochs: z.int().min(0).max(10_000),
  learningRate: z.union([rate, z.tuple([rate, rate])]),
  batchSize: z.int().min(1).max(4096),
  side: z.int().min(8).max(4096).nullable(),
  folds: z.int().min(2).max(100),
  weightDecay: z.number().min(0).max(1),
  labelSmoothing: z.number().min(0).max(0.99),
  clipNorm: z.number().nonnegative().nullable(),
  mixedPrecision: z.boolean(),
});

export const learningRequest: z.ZodType<LearningRequest> = z.object({
  options: fineTuneOptions,
  engine: z.enum(engineNames).nullable(),
  allowFallback: z.boolean(),
});

export const epochSummary: z.ZodType<EpochSummary> = z.object({
  fold: place,
  epoch: place,
  trainLoss: loss,
  validLoss: loss.nullable(),
  accuracy: loss.nullable(),
  learningRate: count,
  imagesPerSecond: count,
});

export const stepPoint: z.ZodType<StepPoint> = z.object({
  fold: place,
  at: count,
  loss,
  learningRate: count,
});

export const rateFinding: z.ZodType<RateFinding> = z.object({
  points: z.array(z.object({ rate: count, loss })),
  suggestions: z.object({ minimum: count, steepest: count, valley: count }).nullable(),
});
