// Entry of the trainer process: takes requests one after another and answers each. Knows nothing of SQLite or the page.
import { Failure, type FailureData } from '../../shared/failure.ts';
import { takeCare } from '../features/extraction/care.ts';
import {
  engineFailure,
  findLearningRate,
  fineTuneOutOfFold,
  showNetworkBatch,
  summariseBatch,
} from '../networks/compute.ts';
import type { LearningFound } from '../networks/index.ts';
import { answerOver, type Answering } from '../process/asking.ts';
import { connectToParent } from '../process/parent.ts';
import type { Work } from '../work/work.ts';
import { InstantTraining } from './instant.ts';
import type { Answer, Question, Told } from './protocol.ts';

const instant = new InstantTraining();
const progressEveryMs = 100;
let last: Promise<unknown> = Promise.resolve();

answerOver(connectToParent(), (question: Question, answering) => {
  const answer = last.then(async (): Promise<Answer> => {
    try {
      return { result: await answerTo(question, answering) };
    } catch (error) {
      return { failure: describe(error, answering.signal) };
    }
  });
  last = answer;
  return answer;
});

function answerTo(question: Question, answering: Answering): Promise<unknown> | unknown {
  if (question.kind === 'update') return instant.update(question.request);
  if (question.kind === 'nearest') return instant.nearest(question.request);
  takeCare(question.care);
  const work = workFor(answering);
  switch (question.kind) {
    case 'train':
      return instant.train(question.request, work);
    case 'fineTune':
      return fineTuneOutOfFold(question.request, work);
    case 'findRate':
      return findLearningRate(question.request, work);
    case 'showBatch':
      return showNetworkBatch(question.request, work);
    case 'summarise':
      return summariseBatch(question.request, work);
  }
}

/** Progress is told a few times a second. */
function workFor({ signal, tell }: Answering): Work<LearningFound> {
  const say = (told: Told) => tell(told);
  let toldAt = 0;
  let toldPhase = '';
  return {
    signal,
    progress(phase, done, total) {
      const now = performance.now();
      if (phase === toldPhase && done !== total && now - toldAt < progressEveryMs) return;
      toldAt = now;
      toldPhase = phase;
      say({ kind: 'progress', phase, done, total });
    },
    note: (text) => say({ kind: 'note', text }),
    found: (found) => say({ kind: 'found', found }),
  };
}

function describe(error: unknown, signal: AbortSignal): FailureData {
  if (signal.aborted) {
    return {
      code: 'cancelled',
      message: 'Training was cancelled. The features computed so far are kept for the next time.',
    };
  }
  const failure = error instanceof Failure ? error : engineFailure(error);
  if (failure) return { code: failure.code, message: failure.message };
  console.error(error);
  return {
    code: 'internal',
    message: `Training failed (${error instanceof Error ? error.message : String(error)}). Your labels are safe.`,
  };
}
