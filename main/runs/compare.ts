// Two runs side by side: how right each was, on three sets of labels that must not be mixed, since cleaning the labels
// moves the metric by itself; and which images moved in the ranking.
import type { Run, RunComparison } from '../../shared/contract.ts';
import type { ImageId, Label, RunId } from '../../shared/domain.ts';
import { eachScore, type Score } from '../../shared/scores.ts';
import { allImages } from '../store/images.ts';
import { allStandings, labelsVersion } from '../labels/labels.ts';
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
  const scoresBefore = new Map([...eachScore(readScores(db, before))].map((score) => [score.image, score]));
  const scoresAfter = new Map([...eachScore(readScores(db, after))].map((score) => [score.image, score]));

  const images = allImages(db);
  const standings = new Map(allStandings(db).map((standing) => [standing.image, standing]));
  const labelled = images.flatMap(({ id, importedLabel }) => {
    const standing = standings.get(id);
    return standing && standing.verdict !== 'exclude' ? [{ id, importedLabel, standing }] : [];
  });
  const labelsOn = {
    original: labelled.map(({ id, importedLabel }) => ({ id, label: importedLabel })),
    corrected: labelled.map(({ id, standing }) => ({ id, label: standing.label })),
    confirmed: labelled
      .filter(({ standing }) => standing.verdict === 'relabel' || standing.verdict === 'keep')
      .map(({ id, standing }) => ({ id, label: standing.label })),
  };
  // Only images that both runs scored: otherwise the two numbers are about different sets.
  const scored = <T extends { id: ImageId; label: Label }>(items: readonly T[]) =>
    items.filter(({ id, label }) => label.length > 0 && scoresBefore.has(id) && scoresAfter.has(id));

  const listed = images.filter(
    ({ id, reason, missing }) => reason === null && !missing && standings.get(id)?.verdict !== 'exclude',
  );
  const ranksBefore = ranks(listed, scoresBefore);
  const ranksAfter = ranks(listed, scoresAfter);
  const moves = listed
    .flatMap(({ id, path }) => {
      const from = ranksBefore.get(id);
      const to = ranksAfter.get(id);
      return from === undefined || to === undefined ? [] : [{ id, path, from, to }];
    })
    .toSorted((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from) || a.id - b.id);

  return {
    before: first,
    after: second,
    accuracy: (['original', 'corrected', 'confirmed'] as const).map((on) => {
      const items = scored(labelsOn[on]);
      const share = (right: number) => (items.length === 0 ? null : right / items.length);
      const [before, after] = [countRight(items, scoresBefore), countRight(items, scoresAfter)];
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

function countRight(
  items: readonly { id: ImageId; label: Label }[],
  scores: ReadonlyMap<ImageId, Score>,
): number {
  return items.filter(({ id, label }) => {
    const predicted = scores.get(id)?.predicted;
    return predicted !== undefined && label.includes(predicted);
  }).length;
}

/** The rank of each image by the run's scores, from 1: as in the list, where equal losses are in the order of paths. */
function ranks(
  inPaths: readonly { id: ImageId }[],
  scores: ReadonlyMap<ImageId, Score>,
): Map<ImageId, number> {
  return new Map(
    inPaths
      .flatMap(({ id }) => {
        const loss = scores.get(id)?.loss ?? null;
        return loss === null ? [] : [{ id, loss }];
      })
      .toSorted((a, b) => b.loss - a.loss)
      .map(({ id }, index) => [id, index + 1]),
  );
}
