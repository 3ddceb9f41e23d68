// What the trainer process says is checked when it arrives: a process that hostile files reach is not taken at its word.
import { z } from 'zod';
import type { ImageId } from '../../shared/domain.ts';
import { failureCodes } from '../../shared/failure.ts';
import type { Scores } from '../../shared/scores.ts';
import { engineNames } from '../networks/engine/names.ts';
import type {
  Finding,
  FineTuned,
  FromTrainer,
  LearningNews,
  NearestImages,
  NetworkBatch,
  Trained,
} from './protocol.ts';
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

const news: z.ZodType<LearningNews> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('note'), text: z.string().max(1_000) }),
  z.object({
    kind: z.literal('step'),
    point: stepPoint,
  }),
  z.object({ kind: z.literal('epoch'), summary: epochSummary }),
  z.object({ kind: z.literal('rate'), finding: rateFinding }),
]);

const fineTuned: z.ZodType<FineTuned> = z.object({
  scores,
  ...fit,
  engine: z.enum(engineNames),
  device: z.string(),
  network: z.string(),
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

const phases = ['patches', 'features', 'head', 'pixels', 'rate', 'training', 'scoring'] as const;

const schemas: { readonly [K in FromTrainer['kind']]: z.ZodType<Extract<FromTrainer, { kind: K }>> } = {
  progress: z.object({
    kind: z.literal('progress'),
    id: place,
    phase: z.enum(phases),
    done: count,
    total: count,
  }),
  findings: z.object({ kind: z.literal('findings'), id: place, findings: z.array(finding) }),
  trained: z.object({ kind: z.literal('trained'), id: place, result: trained }),
  updated: z.object({ kind: z.literal('updated'), id: place, scores }),
  nearest: z.object({ kind: z.literal('nearest'), id: place, nearest }),
  news: z.object({ kind: z.literal('news'), id: place, news }),
  'fine-tuned': z.object({ kind: z.literal('fine-tuned'), id: place, result: fineTuned }),
  'rate-found': z.object({ kind: z.literal('rate-found'), id: place, finding: rateFinding }),
  'batch-shown': z.object({ kind: z.literal('batch-shown'), id: place, batch }),
  failed: z.object({
    kind: z.literal('failed'),
    id: place,
    error: z.object({ code: z.enum(failureCodes), message: z.string().max(10_000) }),
  }),
};
const anyKind = z.looseObject({ kind: z.string() });
const anyId = z.looseObject({ id: place });

/** The message as it should be; null for anything else. */
export function fromTrainer(message: unknown): FromTrainer | null {
  const named = anyKind.safeParse(message);
  if (!named.success || !isKind(named.data.kind)) return null;
  return schemas[named.data.kind].safeParse(message).data ?? null;
}

/** The request that a message is about; -1 where it does not say. */
export function idOf(message: unknown): number {
  return anyId.safeParse(message).data?.id ?? -1;
}

const isKind = (kind: string): kind is FromTrainer['kind'] => Object.hasOwn(schemas, kind);
