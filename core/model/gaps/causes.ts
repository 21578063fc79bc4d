/** Why a worker of a class has nothing to run, through a time: from samples of all queues, outages, pauses, schedulers. */
import type { Cause, GapFacts, GapKind, OutageFact, SampleFact, Span } from './facts.ts';

export interface Piece extends Span {
  readonly cause: Cause;
}

export function causeOf(kind: GapKind, tasks = 0, classes: Cause['classes'] = []): Cause {
  return { kind, tasks, classes };
}

/** The time in pieces, each with its cause, for one worker class. Outages of a worker's own are laid over them by `overlay`. */
export function piecesFor(workerClass: string, facts: GapFacts, span: Span): Piece[] {
  const samples = facts.samples.toSorted((a, b) => a.at - b.at);
  const now = new Map<string, SampleFact>();
  let next = 0;
  const pieces: Piece[] = [];
  const instants = changesIn(facts, span);
  for (const [at, from] of instants.entries()) {
    const until = instants[at + 1];
    if (until === undefined) break;
    for (let sample = samples[next]; sample !== undefined && sample.at <= from; sample = samples[++next])
      now.set(sample.worker_class, sample);
    push(pieces, { from, until, cause: explainAt(from, { workerClass, facts, now }) });
  }
  return pieces;
}

/** When anything changes, with both ends of the time. */
function changesIn({ samples, outages, pauses, schedulers }: GapFacts, { from, until }: Span): number[] {
  const ends = [...outages, ...pauses, ...schedulers].flatMap((each) => [each.from, each.until ?? until]);
  const inside = [...samples.map(({ at }) => at), ...ends].filter((at) => at > from && at < until);
  return [...new Set([from, ...inside, until])].sort((a, b) => a - b);
}

const holds = ({ from, until }: { readonly from: number; readonly until: number | null }, at: number) =>
  from <= at && at < (until ?? Number.POSITIVE_INFINITY);

interface Moment {
  readonly workerClass: string;
  readonly facts: GapFacts;
  /** Worker class -> its queue at that moment. */
  readonly now: ReadonlyMap<string, SampleFact>;
}

function explainAt(at: number, { workerClass, facts, now }: Moment): Cause {
  const isAway = facts.outages.some(
    (outage) => outage.what === 'database' && outage.role === 'scheduler' && holds(outage, at),
  );
  if (isAway) return causeOf('database_away');
  const own = now.get(workerClass);
  const inLine = own === undefined ? 0 : own.queued + own.in_line;
  const pauses = facts.pauses.filter((pause) => holds(pause, at));
  if (pauses.some(({ scope }) => scope === 'all')) return causeOf('paused', inLine + (own?.set_aside ?? 0));
  if (!facts.schedulers.some((each) => holds(each, at))) return causeOf('no_scheduler', inLine);
  if (own === undefined) return causeOf('unknown');
  // a paused job keeps its place in the line
  if (inLine > 0) return causeOf(own.queued === 0 && pauses.length > 0 ? 'paused' : 'waiting', inLine);
  const classes = [...now.values()].flatMap(({ worker_class, queued, in_line, workers }) =>
    workers === 0 && queued + in_line > 0 ? [{ worker_class, tasks: queued + in_line }] : [],
  );
  if (own.set_aside > 0) return causeOf('paused', own.set_aside);
  return classes.length > 0 ? causeOf('other_class', 0, classes) : causeOf('no_work');
}

/** Of the pieces, those parts that lie within the span. They are in order, and touch. */
export function clip(pieces: readonly Piece[], { from, until }: Span): Piece[] {
  const parts: Piece[] = [];
  for (let at = firstEndingAfter(pieces, from); at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece === undefined || piece.from >= until) break;
    parts.push({ ...piece, from: Math.max(from, piece.from), until: Math.min(until, piece.until) });
  }
  return parts;
}

function firstEndingAfter(pieces: readonly Piece[], from: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((pieces[middle]?.until ?? 0) > from) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What the worker itself had to wait for comes before any other cause. */
export function overlay(pieces: readonly Piece[], outages: readonly OutageFact[]): Piece[] {
  let result = [...pieces];
  for (const { from, until, what } of outages) {
    const cause = causeOf(what === 'database' ? 'database_away' : 'output_area_away');
    result = result.flatMap((piece) => {
      if (piece.until <= from || piece.from >= until) return [piece];
      const parts = [
        { ...piece, until: from },
        { from: Math.max(from, piece.from), until: Math.min(until, piece.until), cause },
        { ...piece, from: until },
      ];
      return parts.filter((part) => part.until > part.from);
    });
  }
  return result;
}

/** Neighbours of one kind become one; what is shorter than `shortMs` is taken for what came before it, or comes after. */
export function merge(pieces: readonly Piece[], shortMs: number): Piece[] {
  const merged: Piece[] = [];
  for (const piece of pieces) {
    const last = merged.at(-1);
    const isShort = piece.until - piece.from < shortMs;
    if (last !== undefined && isShort) merged[merged.length - 1] = { ...last, until: piece.until };
    else if (last !== undefined && last.until - last.from < shortMs)
      merged[merged.length - 1] = { ...piece, from: last.from };
    else push(merged, piece);
  }
  return merged.reduce<Piece[]>((all, piece) => push(all, piece), []);
}

function push(pieces: Piece[], piece: Piece): Piece[] {
  const last = pieces.at(-1);
  if (last?.cause.kind !== piece.cause.kind) pieces.push(piece);
  else
    pieces[pieces.length - 1] = { from: last.from, until: piece.until, cause: both(last.cause, piece.cause) };
  return pieces;
}

function both(a: Cause, b: Cause): Cause {
  const classes = new Map(a.classes.map(({ worker_class, tasks }) => [worker_class, tasks]));
  for (const { worker_class, tasks } of b.classes)
    classes.set(worker_class, Math.max(tasks, classes.get(worker_class) ?? 0));
  return {
    kind: a.kind,
    tasks: Math.max(a.tasks, b.tasks),
    classes: [...classes].map(([worker_class, tasks]) => ({ worker_class, tasks })),
  };
}
