/** How much a request may bring and how long it may take: of the head by the server, of the body by who asks and for what. */
import type { ServerOptions } from 'node:http';
import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { mayActAs } from '../../core/model/roles.ts';
import { formatBytes } from '../../core/words/format.ts';
import { HttpRefusal } from '../problems.ts';
import { findViewer } from './roles.ts';

/** A client that sends its request byte by byte is given up. */
export const SERVER_LIMITS: ServerOptions = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
};

const LONGEST_URL = 4_000;
const USUAL_BYTES = 100 * 1024;
const FIELDS_AT_MOST = 1_000;
/** Of a character of a job file in a form, at worst: `%0A`; in JSON: `\n`. */
const FORM_FACTOR = 3;

export function limitUrl({ originalUrl }: Request, _response: Response, next: NextFunction): void {
  if (originalUrl.length > LONGEST_URL)
    throw new HttpRefusal(414, 'The address is too long', `At most ${LONGEST_URL} characters are taken.`);
  next();
}

export interface JobFilePaths {
  readonly paths: readonly string[];
  /** Of one job file. */
  readonly bytes: number;
}

/** Forms and JSON; job files only from those who may submit them. After it is known who asks. */
export function readBodies({ paths, bytes }: JobFilePaths): RequestHandler {
  const usual = parsers(USUAL_BYTES);
  const large = parsers(bytes * FORM_FACTOR + USUAL_BYTES);
  return (request, response, next) => {
    const { role } = findViewer(response) ?? {};
    const mayBeLarge = role !== undefined && mayActAs(role, 'operator') && paths.includes(request.path);
    return (mayBeLarge ? large : usual)(request, response, next);
  };
}

function parsers(limit: number): RequestHandler {
  const form = express.urlencoded({ extended: false, limit, parameterLimit: FIELDS_AT_MOST });
  const json = express.json({ limit });
  return (request, response, next) => {
    const explain = (go: () => void) => (error?: unknown) =>
      error === undefined ? go() : next(isTooLarge(error) ? tooLarge(limit) : error);
    form(
      request,
      response,
      explain(() => json(request, response, explain(next))),
    );
  };
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'status' in error && error.status === 413;

function tooLarge(limit: number): HttpRefusal {
  return new HttpRefusal(
    413,
    'Too large',
    `What was sent is too large: at most ${formatBytes(limit)} are taken here.`,
  );
}
