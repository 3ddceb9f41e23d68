// The face of the networks for all that only asks for them: names, choices, and plain data. Loads nothing that computes
// or opens a picture; what does is in compute.ts, for the trainer process.
export { engineNames, type EngineName } from '../../shared/training.ts';
export type { ShownImage } from './batches/showBatch.ts';
export { networkEngines, reportEngines, type EngineReport } from './engine/report.ts';
export type { Speed } from './engine/speed.ts';
export { chooseNetwork } from './network/choose.ts';
export type {
  FineTuned,
  FineTuneRequest,
  LearningFound,
  NetworkBatch,
  ShowBatchRequest,
  SummaryStep,
} from './types.ts';
