/**
 * Errors as answers: the status by the code of the error, a problem document (RFC 9457) for programs and a page for people.
 * What is not meant to be read by people is reported to the operator under an id, and only the id is shown.
 */
import { randomUUID } from 'node:crypto';
import type { Database } from '../core/db/open.ts';
import { EaselError, type ErrorCode } from '../core/model/errors.ts';
import type { Emit } from '../core/runtime/events.ts';

export interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Of a job file: each thing that is wrong with it. */
  readonly problems?: unknown;
}

const STATUS: Readonly<Record<ErrorCode, readonly [number, string]>> = {
  usage: [400, 'This cannot be asked so'],
  job_file: [422, 'The job file has problems'],
  not_found: [404, 'There is no such thing'],
  conflict: [409, 'Its state does not allow this'],
  task: [422, 'The task cannot be carried out'],
  unavailable: [503, 'Not available now'],
  settings: [500, 'The installation is not set up for this'],
  schema: [503, 'The database has another schema'],
  unsupported: [501, 'Not supported here'],
};

interface Reporting {
  readonly database: Database;
  readonly emit: Emit;
}

export function toProblem(error: unknown, { database, emit }: Reporting): Problem {
  if (error instanceof HttpRefusal) return error.problem;
  if (error instanceof EaselError) {
    const [status, title] = STATUS[error.code];
    const problems = 'problems' in error ? error.problems : undefined;
    return {
      ...{ status, title, code: error.code, detail: error.message },
      ...(problems !== undefined && { problems }),
    };
  }
  if (database.dialect.isOutage(error))
    return {
      ...{ status: 503, title: 'The database does not answer', code: 'unavailable' },
      detail: 'Nothing is lost: what was accepted goes on as soon as it is back. Try again in a moment.',
    };
  return fromExpress(error) ?? defect(error, emit);
}

/** What express and its parsers refuse: a body too large, JSON that is none, a URL that cannot be decoded. */
function fromExpress(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  if (error.status < 400 || error.status > 499) return undefined;
  const detail = error.status === 413 ? 'What was sent is larger than what is taken here.' : error.message;
  return { status: error.status, title: 'The request was refused', code: 'request', detail };
}

function defect(error: unknown, emit: Emit): Problem {
  const id = randomUUID();
  const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
  emit('defect', { where: `the dashboard (${id})`, reason });
  return {
    ...{ status: 500, title: 'This is a defect of Easel', code: 'defect' },
    detail: `The server's log tells more, under ${id}. Nothing was changed by looking.`,
  };
}

/** Refused before it reached anything of Easel's. */
export class HttpRefusal extends Error {
  readonly problem: Problem;

  constructor(status: number, title: string, detail: string) {
    super(detail);
    this.problem = { status, title, detail, code: 'request' };
  }
}
