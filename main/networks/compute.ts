// What networks compute, for the process that reads images. TensorFlow.js takes a while to load, so that each is loaded
// when it is asked for.
import type { RateFinding } from '../../shared/training.ts';
import type { Backbone, BackboneFile } from '../features/backbone/onnx.ts';
import type { FilesFound } from '../features/extraction/images.ts';
import type { Work } from '../work/work.ts';
import type {
  FineTuned,
  FineTuneRequest,
  LearningFound,
  NetworkBatch,
  ShowBatchRequest,
  SummaryStep,
} from './types.ts';

export { engineFailure } from './recipe/trouble.ts';

/**
 * Trains networks out of fold and scores every image.
 * @throws Failure `empty`, `no-engine`, `trainer` and others; the signal's reason when it is aborted.
 */
export async function fineTuneOutOfFold(
  request: FineTuneRequest,
  work: Work<LearningFound>,
): Promise<FineTuned> {
  return (await import('./recipe/fineTuning.ts')).fineTuneOutOfFold(request, work);
}

/** The learning-rate finder on all images. @throws as `fineTuneOutOfFold` */
export async function findLearningRate(
  request: FineTuneRequest,
  work: Work<LearningFound>,
): Promise<RateFinding> {
  return (await import('./recipe/fineTuning.ts')).findLearningRate(request, work);
}

/** What a network would see in a training. @throws as `fineTuneOutOfFold` */
export async function showNetworkBatch(
  request: ShowBatchRequest,
  work: Work<FilesFound>,
): Promise<NetworkBatch> {
  return (await import('./recipe/showNetworkBatch.ts')).showNetworkBatch(request, work);
}

/** The steps of a sample and its batch up to the loss, or to the first that fails. @throws as `fineTuneOutOfFold` */
export async function summariseBatch(
  request: FineTuneRequest,
  work: Work<FilesFound>,
): Promise<readonly SummaryStep[]> {
  return (await import('./recipe/summary.ts')).summariseBatch(request, work);
}

/** A network as a backbone: the means of its last maps. @throws Failure `bad-backbone`, `bad-request`, `no-engine` */
export async function loadNetworkBackbone(file: BackboneFile): Promise<Backbone> {
  return (await import('./backbone.ts')).loadNetworkBackbone(file);
}
