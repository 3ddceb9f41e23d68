// What the trainer process says is checked when it arrives: a process that hostile files reach is not taken at its word.
import { z } from 'zod';
import type { ImageId } from '../../shared/domain.ts';
import { failureCodes } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import { phases, type Phase } from '../../shared/work.ts';
import type { Finding } from '../features/extraction/images.ts';
import {
  engineNames,
  type FineTuned,
  type LearningFound,
  type NetworkBatch,
  type SummaryStep,
} from '../networks/index.ts';
import type { Answer, NearestImages, Requests, Told, Trained } from './protocol.ts';
import { epochSummary, rateFinding, stepPoint } from './trainingSchemas.ts';

const place = z.int().nonnegative();
const count = z.number().nonnegative();
const imageId = place.transform((id) => id as ImageId);

const finding: z.ZodType<Finding> = z.object({
  image: place,
  hash: z.instanceof(Uint8Array).nullable(),
  width: place.nullable(),
  height: place.nullable(),
  reason: z.string().max(1_000).nullable(),
});

const scores: z.ZodType<Scores> = z.object({
  images: z.instanceof(Int32Array),
  loss: z.instanceof(Float32Array),
  probability: z.instanceof(Float32Array),
  predicted: z.instanceof(Int32Array),
  perImage: place,
  suggestedClasses: z.instanceof(Int32Array),
  suggestedProbabilities: z.instanceof(Float32Array),
});
const fit = { meanLoss: z.number().or(z.nan()), accuracy: z.number().or(z.nan()) };

const trained: z.ZodType<Trained> = z.object({
  scores,
  ...fit,
  backbone: z.object({ id: z.string(), name: z.string(), side: place, features: place }),
  engine: z.string(),
  parameters: z.object({ lambda: z.number(), slope: z.number(), offset: z.number() }),
  timings: z.object({
    load: count,
    features: count,
    decode: count,
    decodeWait: count,
    inference: count,
    head: count,
  }),
  decoded: place,
});

const nearest: z.ZodType<NearestImages> = z.array(
  z.array(z.object({ image: imageId, similarity: z.number() })),
);

const found: z.ZodType<LearningFound> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('files'), findings: z.array(finding) }),
  z.object({ kind: z.literal('step'), point: stepPoint }),
  z.object({ kind: z.literal('epoch'), summary: epochSummary }),
  z.object({ kind: z.literal('rate'), finding: rateFinding }),
]);

const fineTuned: z.ZodType<FineTuned> = z.object({
  scores,
  ...fit,
  engine: z.enum(engineNames),
  device: z.string(),
  side: place,
  calibration: z.object({ slope: z.number(), offset: z.number() }),
  summaries: z.array(epochSummary),
  recommendedEpochs: place.nullable(),
  model: z.string(),
  timings: z.object({ load: count, pixels: count, training: count, scoring: count }),
});

const batch: z.ZodType<NetworkBatch> = z.object({
  sheet: z.instanceof(Uint8Array).nullable(),
  shown: place,
  labels: z.array(z.string()),
  presized: place,
  side: place,
});

const summary: z.ZodType<readonly SummaryStep[]> = z.array(
  z.object({
    step: z.string(),
    path: z.string().nullable(),
    gave: z.string().nullable(),
    problem: z.string().nullable(),
  }),
);

const failure = z.object({ code: z.enum(failureCodes), message: z.string().max(10_000) });
const answerOf = <T>(result: z.ZodType<T>): z.ZodType<Answer<T>> =>
  z.union([z.object({ failure }), z.object({ result })]);

const answers: { readonly [K in keyof Requests]: z.ZodType<Answer<ReturnType<Requests[K]>>> } = {
  train: answerOf(trained),
  fineTune: answerOf(fineTuned),
  findRate: answerOf(rateFinding),
  showBatch: answerOf(batch),
  summarise: answerOf(summary),
  update: answerOf(scores),
  nearest: answerOf(nearest),
};

const told: z.ZodType<Told> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('progress'),
    phase: z.enum(Object.keys(phases) as Phase[]),
    done: count,
    total: count.nullable(),
  }),
  z.object({ kind: z.literal('note'), text: z.string().max(1_000) }),
  z.object({ kind: z.literal('found'), found }),
]);

/** Null for what makes no sense. */
export function readAnswer<K extends keyof Requests>(
  kind: K,
  answer: unknown,
): Answer<ReturnType<Requests[K]>> | null {
  const schema: z.ZodType<Answer<ReturnType<Requests[K]>>> = answers[kind];
  return schema.safeParse(answer).data ?? null;
}

/** Null for what makes no sense. */
export function readTold(message: unknown): Told | null {
  return told.safeParse(message).data ?? null;
}
