// Classes, labels and verdicts, and the log that they are derived from. Every change appends events, undo too;
// the table of current labels is kept in step within the same transaction.
import type { ClassInfo, Decision, ImageId, Label, RunId, Verdict } from '../../shared/domain.ts';
import { sameLabel, settled, standAfter, type Standing as Stand } from '../../shared/label.ts';
import { formatLabel, parseLabel } from '../store/labelText.ts';
import type { Db } from '../store/open.ts';
import { prepared } from '../store/prepared.ts';

// Classes

export function allClasses(db: Db): ClassInfo[] {
  return db.prepare<[], ClassInfo>('SELECT id, name FROM classes ORDER BY id').all();
}

/** The class of that name, made where it is new. */
export function ensureClass(db: Db, name: string): ClassInfo {
  db.prepare('INSERT INTO classes (name) VALUES (?) ON CONFLICT DO NOTHING').run(name);
  const found = db.prepare<[string], ClassInfo>('SELECT id, name FROM classes WHERE name = ?').get(name);
  if (!found) throw new Error(`class ${name} was not stored`);
  return found;
}

// Where each image stands now

export interface Standing extends Stand {
  readonly image: ImageId;
  /** Milliseconds since 1970; null without a verdict. */
  readonly decidedAt: number | null;
}

interface StoredStanding {
  image: ImageId;
  label: string;
  base: string;
  verdict: Verdict | null;
  decided_at: number | null;
}

const fromStored = (row: StoredStanding): Standing => ({
  image: row.image,
  label: parseLabel(row.label),
  base: parseLabel(row.base),
  verdict: row.verdict,
  decidedAt: row.decided_at,
});

const standings = `
  SELECT labels.image, label, coalesce(base, imported_label) AS base, verdict, decided_at
  FROM labels JOIN images ON images.id = labels.image`;

export function allStandings(db: Db): Standing[] {
  return db.prepare<[], StoredStanding>(`${standings} ORDER BY labels.image`).all().map(fromStored);
}

const standingOf = prepared<[ImageId], StoredStanding>(`${standings} WHERE labels.image = ?`);

export function getStanding(db: Db, image: ImageId): Standing {
  const row = standingOf(db).get(image);
  if (!row) throw new Error(`image ${image} has no standing`);
  return fromStored(row);
}

const version = prepared<[], { version: number }>('SELECT version FROM project WHERE id = 1');
const nextVersion = prepared<[]>('UPDATE project SET version = version + 1 WHERE id = 1');

/** Counts the changes that make scores stale: labels, exclusions, the set of images. */
export function labelsVersion(db: Db): number {
  return version(db).get()?.version ?? 0;
}

export function bumpVersion(db: Db): void {
  nextVersion(db).run();
}

// Changes

/** What the ranking says of an image when a decision about it is made. */
export interface DecisionContext {
  readonly run: RunId | null;
  readonly rank: number | null;
  readonly loss: number | null;
}

export interface DecisionRequest {
  /** Each image once. */
  readonly decisions: readonly { readonly image: ImageId; readonly decision: Decision }[];
  readonly who: string;
  /** For the log: "relabel rose/1.jpg as tulip". */
  readonly what: string;
  readonly context: (image: ImageId) => DecisionContext;
}

/**
 * Stores decisions as one step, however many images they are about. Images that already stand so are left alone, and
 * where all do there is no step.
 * @returns the standings that changed. They are durable.
 */
export function decide(db: Db, { decisions, who, what, context }: DecisionRequest): Standing[] {
  return db
    .transaction(() => {
      const changes = decisions.flatMap(({ image, decision }) => {
        const from = getStanding(db, image);
        const to = standingAfter(from, decision);
        return sameStanding(from, to) ? [] : [{ from, to }];
      });
      if (changes.length === 0) return [];
      const step = beginDecision(db, who, what);
      for (const { from, to } of changes) change(db, step, from, to, context(to.image));
      return changes.map(({ to }) => to);
    })
    .immediate();
}

export interface ClassChangeRequest {
  /** The new label and base of each image, each image once. */
  readonly changes: readonly { readonly image: ImageId; readonly label: Label; readonly base: Label }[];
  readonly who: string;
  /** For the log: "rename class rose to roses". */
  readonly what: string;
}

/**
 * Stores a change of classes as one step. It says nothing of whether a label is right, so verdicts stay, but that of a
 * label which is now the base: it was a `relabel` and becomes a `keep`.
 * @returns the standings that changed. They are durable.
 */
export function changeClasses(db: Db, { changes, who, what }: ClassChangeRequest): Standing[] {
  return db
    .transaction(() => {
      const standings = changes.flatMap(({ image, label, base }) => {
        const from = getStanding(db, image);
        const to = settled({ ...from, label, base });
        return sameStanding(from, to) ? [] : [{ from, to }];
      });
      if (standings.length === 0) return [];
      const step = beginDecision(db, who, what);
      for (const { from, to } of standings) change(db, step, from, to, { run: null, rank: null, loss: null });
      return standings.map(({ to }) => to);
    })
    .immediate();
}

const noBase = prepared<[ImageId]>('UPDATE labels SET base = NULL WHERE image = ?');

/**
 * Takes on the label that the data set gives now, where no person has said otherwise: a label that was given or
 * confirmed stays, and is a `relabel` where it is not that of the data set.
 */
export function importLabel(
  db: Db,
  step: number,
  image: ImageId,
  { before, now }: { readonly before: Label; readonly now: Label },
): void {
  noBase(db).run(image);
  const from = { ...getStanding(db, image), base: now };
  const decided = from.verdict === 'keep' || from.verdict === 'relabel' || !sameLabel(from.label, before);
  const to = settled(decided ? from : { ...from, label: now });
  if (!sameStanding(from, to)) change(db, step, from, to, { run: null, rank: null, loss: null });
}

const forgetUndone = prepared<[]>(`UPDATE steps SET state = 'gone' WHERE state = 'undone'`);

/** A step that can be undone. What was undone before can't be redone from now on. */
function beginDecision(db: Db, who: string, what: string): number {
  forgetUndone(db).run();
  return insertStep(db, { who, kind: 'decide', what, target: null, state: 'done' });
}

export function beginImport(db: Db, who: string, what: string): number {
  return insertStep(db, { who, kind: 'import', what, target: null, state: null });
}

/** The decision that `undo` would take back, and the one that `redo` would do again. */
export function undoable(db: Db): { undo: string | null; redo: string | null } {
  return { undo: nextStep(db, 'undo')?.what ?? null, redo: nextStep(db, 'redo')?.what ?? null };
}

/**
 * Appends the inverse of the last decision, or of the last undo. Works after a restart, since the steps are stored.
 * @returns what was undone or redone, and the standings that changed; null where there is nothing to do.
 */
export function reverse(
  db: Db,
  kind: 'undo' | 'redo',
  who: string,
): { what: string; standings: Standing[] } | null {
  return db
    .transaction(() => {
      const target = nextStep(db, kind);
      if (!target) return null;
      const step = insertStep(db, { who, kind, what: target.what, target: target.id, state: null });
      db.prepare('UPDATE steps SET state = ? WHERE id = ?').run(
        kind === 'undo' ? 'undone' : 'done',
        target.id,
      );
      const events = db
        .prepare<[number], StoredEvent>('SELECT * FROM label_events WHERE step = ? ORDER BY id')
        .all(target.id);
      const standings = events.map((event) => {
        const before = getStanding(db, event.image);
        const to = settled({ ...before, ...reversed(event, before, kind) });
        change(db, step, before, to, event);
        return to;
      });
      return { what: target.what, standings };
    })
    .immediate();
}

/** What an event says of an image, backwards or once more. */
function reversed(
  event: StoredEvent,
  now: Standing,
  kind: 'undo' | 'redo',
): Pick<Standing, 'label' | 'base' | 'verdict' | 'decidedAt'> {
  const undo = kind === 'undo';
  const label = parseLabel(undo ? event.from_label : event.to_label);
  const verdict = undo ? event.from_verdict : event.to_verdict;
  const [expected, base] = undo ? [event.to_base, event.from_base] : [event.from_base, event.to_base];
  if (expected === null || base === null)
    return { label, verdict, base: now.base, decidedAt: verdict === null ? null : Date.now() };
  // A change of classes is no verdict. The data set may give another label than it did when the change was made.
  return {
    label,
    verdict,
    base: formatLabel(now.base) === expected ? parseLabel(base) : now.base,
    decidedAt: now.decidedAt,
  };
}

interface Step {
  readonly id: number;
  readonly what: string;
}

const lastDone = prepared<[], Step>(
  `SELECT id, what FROM steps WHERE state = 'done' ORDER BY id DESC LIMIT 1`,
);
const firstUndone = prepared<[], Step>(
  `SELECT id, what FROM steps WHERE state = 'undone' ORDER BY id LIMIT 1`,
);

function nextStep(db: Db, kind: 'undo' | 'redo'): Step | undefined {
  return (kind === 'undo' ? lastDone(db) : firstUndone(db)).get();
}

function standingAfter(from: Standing, decision: Decision): Standing {
  const stand = standAfter(from, decision);
  return { ...from, ...stand, decidedAt: stand.verdict === null ? null : Date.now() };
}

function sameStanding(a: Standing, b: Standing): boolean {
  return a.verdict === b.verdict && sameLabel(a.label, b.label) && sameLabel(a.base, b.base);
}

interface NewStep {
  readonly who: string;
  readonly kind: string;
  readonly what: string;
  readonly target: number | null;
  readonly state: string | null;
}

const newStep = prepared<[NewStep & { readonly at: number }]>(
  `INSERT INTO steps (at, who, kind, what, target, state) VALUES (@at, @who, @kind, @what, @target, @state)`,
);

function insertStep(db: Db, step: NewStep): number {
  return Number(newStep(db).run({ ...step, at: Date.now() }).lastInsertRowid);
}

const newEvent = prepared<[object]>(
  `INSERT INTO label_events
     (step, image, from_label, to_label, from_base, to_base, from_verdict, to_verdict, run, rank, loss)
   VALUES
     (@step, @image, @fromLabel, @toLabel, @fromBase, @toBase, @fromVerdict, @toVerdict, @run, @rank, @loss)`,
);
const newStanding = prepared<[object]>(
  `UPDATE labels SET label = @toLabel, base = coalesce(@toBase, base), verdict = @toVerdict,
     decided_at = @decidedAt
   WHERE image = @image`,
);

function change(
  db: Db,
  step: number,
  from: Standing,
  to: Standing,
  { run, rank, loss }: DecisionContext,
): void {
  const stored = {
    step,
    image: to.image,
    fromLabel: formatLabel(from.label),
    toLabel: formatLabel(to.label),
    fromBase: sameLabel(from.base, to.base) ? null : formatLabel(from.base),
    toBase: sameLabel(from.base, to.base) ? null : formatLabel(to.base),
    fromVerdict: from.verdict,
    toVerdict: to.verdict,
    decidedAt: to.decidedAt,
    run,
    rank,
    loss,
  };
  newEvent(db).run(stored);
  newStanding(db).run(stored);
  const trainsOnOther =
    stored.fromLabel !== stored.toLabel || (from.verdict === 'exclude') !== (to.verdict === 'exclude');
  if (trainsOnOther) bumpVersion(db);
}

// The log

interface StoredEvent {
  image: ImageId;
  from_label: string;
  to_label: string;
  from_base: string | null;
  to_base: string | null;
  from_verdict: Verdict | null;
  to_verdict: Verdict | null;
  run: RunId | null;
  rank: number | null;
  loss: number | null;
}

export interface LoggedEvent {
  readonly id: number;
  readonly step: number;
  readonly at: number;
  readonly who: string;
  readonly kind: 'decide' | 'class' | 'import' | 'undo' | 'redo';
  readonly what: string;
  readonly image: ImageId;
  readonly path: string;
  readonly from: Label;
  readonly to: Label;
  readonly fromVerdict: Verdict | null;
  readonly toVerdict: Verdict | null;
  readonly run: RunId | null;
  readonly rank: number | null;
  readonly loss: number | null;
}

type StoredLog = StoredEvent & Omit<LoggedEvent, 'from' | 'to' | 'fromVerdict' | 'toVerdict'>;

const logged = `
  SELECT event.*, step.at, step.who, step.what, images.path,
    iif(step.kind = 'decide' AND to_base IS NOT NULL, 'class', step.kind) AS kind
  FROM label_events AS event
  JOIN steps AS step ON step.id = event.step
  JOIN images ON images.id = event.image`;

/** All events, oldest first, or those of one image. */
export function eventLog(db: Db, image: ImageId | null = null): LoggedEvent[] {
  const rows =
    image === null
      ? db.prepare<[], StoredLog>(`${logged} ORDER BY event.id`).all()
      : db.prepare<[ImageId], StoredLog>(`${logged} WHERE event.image = ? ORDER BY event.id`).all(image);
  return rows.map(fromLog);
}

/** The events before an id, newest first; null: from the newest. */
export function eventsBefore(db: Db, before: number | null, count: number): LoggedEvent[] {
  return db
    .prepare<[number, number], StoredLog>(`${logged} WHERE event.id < ? ORDER BY event.id DESC LIMIT ?`)
    .all(before ?? Number.MAX_SAFE_INTEGER, count)
    .map(fromLog);
}

const fromLog = (row: StoredLog): LoggedEvent => ({
  id: row.id,
  step: row.step,
  at: row.at,
  who: row.who,
  kind: row.kind,
  what: row.what,
  image: row.image,
  path: row.path,
  from: parseLabel(row.from_label),
  to: parseLabel(row.to_label),
  fromVerdict: row.from_verdict,
  toVerdict: row.to_verdict,
  run: row.run,
  rank: row.rank,
  loss: row.loss,
});
