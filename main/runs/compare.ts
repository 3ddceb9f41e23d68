// Two runs side by side: how right each was, on three sets of labels that must not be mixed, since cleaning the labels
// moves the metric by itself; and which images moved in the ranking.
import type { Run, RunComparison } from '../../shared/contract.ts';
import type { ClassId, ImageId, RunId } from '../../shared/domain.ts';
import { eachScore, type Scores } from '../../shared/scores.ts';
import { DataSet, type DataSetImage } from '../dataset/dataset.ts';
import { rankedImages } from '../dataset/queue.ts';
import { labelsVersion } from '../labels/labels.ts';
import type { Db } from '../store/open.ts';
import { allRuns, getRun, isFineTuned, readScores, type RunRow } from '../store/runs.ts';
import { wilsonInterval } from './interval.ts';

const furthestShown = 50;

/** The runs of a project, oldest first. */
export function listRuns(db: Db): Run[] {
  const version = labelsVersion(db);
  return allRuns(db).map((row) => toRun(row, version));
}

export function toRun(row: RunRow, version: number): Run {
  return {
    id: row.id,
    at: row.at,
    backbone: row.backbone,
    fineTuned: isFineTuned(row),
    engine: row.engine,
    seed: row.seed,
    images: row.images,
    seconds: ['scan', 'load', 'features', 'head', 'pixels', 'training', 'scoring'].reduce(
      (sum, phase) => sum + (row.timings[phase] ?? 0),
      0,
    ),
    meanLoss: row.meanLoss,
    accuracy: row.accuracy,
    labelVersion: row.version,
    stale: row.version !== version,
  };
}

/** @throws Failure `not-found` where a run is not there. */
export function compareRuns(db: Db, before: RunId, after: RunId): RunComparison {
  const version = labelsVersion(db);
  const [first, second] = [toRun(getRun(db, before), version), toRun(getRun(db, after), version)];
  const dataset = DataSet.read(db);
  const [scoresBefore, scoresAfter] = [readScores(db, before), readScores(db, after)];
  const [predictedBefore, predictedAfter] = [predictedIn(scoresBefore), predictedIn(scoresAfter)];
  const { included } = dataset;
  const labelsOn = {
    original: included.map(({ id, importedLabel }) => ({ id, label: importedLabel })),
    corrected: included,
    confirmed: included.filter(({ verdict }) => verdict === 'relabel' || verdict === 'keep'),
  };
  // Only images that both runs scored: otherwise the two numbers are about different sets.
  const scored = (items: readonly Labelled[]) =>
    items.filter(({ id, label }) => label.length > 0 && predictedBefore.has(id) && predictedAfter.has(id));

  const ranksAfter = new Map(rankedImages(dataset, scoresAfter).map(({ id }, index) => [id, index + 1]));
  const moves = rankedImages(dataset, scoresBefore)
    .flatMap(({ id, path }, index) => {
      const to = ranksAfter.get(id);
      return to === undefined ? [] : [{ id, path, from: index + 1, to }];
    })
    .toSorted((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from) || a.id - b.id);

  return {
    before: first,
    after: second,
    accuracy: (['original', 'corrected', 'confirmed'] as const).map((on) => {
      const items = scored(labelsOn[on]);
      const share = (right: number) => (items.length === 0 ? null : right / items.length);
      const [before, after] = [countRight(items, predictedBefore), countRight(items, predictedAfter)];
      return {
        on,
        images: items.length,
        before: share(before),
        after: share(after),
        beforeInterval: wilsonInterval(before, items.length),
        afterInterval: wilsonInterval(after, items.length),
      };
    }),
    compared: moves.length,
    moved: moves.filter(({ from, to }) => Math.abs(from - to) > moves.length / 100).length,
    furthest: moves.filter(({ from, to }) => from !== to).slice(0, furthestShown),
  };
}

type Labelled = Pick<DataSetImage, 'id' | 'label'>;

const predictedIn = (scores: Scores): ReadonlyMap<ImageId, ClassId> =>
  new Map([...eachScore(scores)].map(({ image, predicted }) => [image, predicted]));

function countRight(items: readonly Labelled[], predicted: ReadonlyMap<ImageId, ClassId>): number {
  return items.filter(({ id, label }) => label.some((given) => given === predicted.get(id))).length;
}
