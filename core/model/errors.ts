/**
 * Errors that people are meant to read: each has a code, and says what is wrong, where, and what to do.
 * Anything else that is thrown is a defect of Easel and is shown with its stack.
 */

export type ErrorCode =
  | 'usage' // the command line, or what a page was asked for, is wrong
  | 'settings' // a setting is missing or wrong
  | 'job_file' // the job file is wrong
  | 'not_found' // no such job, task, attempt, file
  | 'schema' // the database has another schema version, or none
  | 'unsupported' // a server too old, a Node too old
  | 'unavailable' // a server that does not answer
  | 'task' // a task cannot be carried out
  | 'conflict'; // the thing is in a state that does not allow it

export class EaselError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EaselError';
    this.code = code;
  }
}
