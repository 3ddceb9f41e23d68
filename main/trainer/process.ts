// Entry of the trainer process: takes requests one after another and answers each. Knows nothing of SQLite or the page.
import { Failure, type FailureData } from '../../shared/failure.ts';
import { connectToParent } from '../process/parent.ts';
import { takeCare } from '../features/extraction/care.ts';
import type { FromTrainer, LearningNews, ToTrainer } from './protocol.ts';
import { engineFailure } from '../networks/recipe/trouble.ts';
import { TrainingSession, type SessionListeners } from './session.ts';

const parent = connectToParent();
const session = new TrainingSession();
const running = new Map<number, AbortController>();
const progressEveryMs = 100;
let last: Promise<void> = Promise.resolve();

parent.onMessage((message) => {
  const request = message as ToTrainer;
  if (request.kind === 'cancel') {
    running.get(request.id)?.abort();
    return;
  }
  const controller = new AbortController();
  running.set(request.id, controller);
  last = last.then(async () => {
    try {
      await answer(request, controller.signal);
    } catch (error) {
      send({ kind: 'failed', id: request.id, error: describe(error, controller.signal) });
    } finally {
      running.delete(request.id);
    }
  });
});

async function answer(request: Exclude<ToTrainer, { kind: 'cancel' }>, signal: AbortSignal): Promise<void> {
  const { id } = request;
  if (request.kind === 'update') {
    send({ kind: 'updated', id, scores: await session.update(request.changes, request.classes) });
    return;
  }
  if (request.kind === 'nearest') {
    send({ kind: 'nearest', id, nearest: session.nearest(request.request) });
    return;
  }
  takeCare(request.care);
  let toldAt = 0;
  let toldPhase = '';
  const listeners: SessionListeners = {
    signal,
    onFindings: (findings) => send({ kind: 'findings', id, findings }),
    onProgress(phase, done, total) {
      const now = performance.now();
      if (phase === toldPhase && done < total && now - toldAt < progressEveryMs) return;
      toldAt = now;
      toldPhase = phase;
      send({ kind: 'progress', id, phase, done, total });
    },
  };
  if (request.kind === 'train') {
    send({ kind: 'trained', id, result: await session.train(request.request, listeners) });
    return;
  }
  // Loaded when it is asked for: TensorFlow.js takes a while, and instant runs do without.
  if (request.kind === 'show-batch') {
    const { showNetworkBatch } = await import('../networks/recipe/showNetworkBatch.ts');
    send({ kind: 'batch-shown', id, batch: await showNetworkBatch(request.request, listeners) });
    return;
  }
  const { fineTuneOutOfFold, findLearningRate } = await import('../networks/recipe/session.ts');
  const learning = { ...listeners, onNews: (news: LearningNews) => send({ kind: 'news', id, news }) };
  if (request.kind === 'fine-tune') {
    send({ kind: 'fine-tuned', id, result: await fineTuneOutOfFold(request.request, learning) });
  } else {
    send({ kind: 'rate-found', id, finding: await findLearningRate(request.request, learning) });
  }
}

function send(message: FromTrainer): void {
  parent.send(message);
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
