/**
 * Tokens that forms carry, so that no other site can post for somebody who is logged in here. A token is a signature of the session,
 * or of a random cookie where there is none (before the login; without users), and differs each time, so that compression of a page
 * tells nothing of it. What a browser says of where a request comes from is checked besides. Requests with an API token need none:
 * no site can make a browser send it.
 */
import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { HttpRefusal } from '../problems.ts';
import { isSame, readCookie, setCookie, sign } from './cookies.ts';
import { findViewer } from './roles.ts';
import { sessionOf } from './session.ts';

const CSRF_FIELD = '_csrf';
const HEADER = 'x-csrf-token';
const COOKIE = 'easel_browser';
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** For a form or a script of the page that is being answered; empty on errors that came before anything was known. */
export function csrfToken(response: Response): string {
  const make = (response.locals as { makeCsrfToken?: () => string }).makeCsrfToken;
  return make?.() ?? '';
}

/** After the body was read, and it is known who asks. */
export function csrf(key: Buffer): RequestHandler {
  return (request, response, next) => {
    response.locals.makeCsrfToken = () =>
      makeToken(key, bindingOf(request, response) ?? bindBrowser(response));
    if (!SAFE.includes(request.method) && findViewer(response)?.via !== 'token') {
      refuseOtherOrigins(request);
      if (!isLocalProgram(request, response)) refuseWrongToken(key, request, response);
    }
    next();
  };
}

/**
 * Where nobody logs in, programs of this machine may post JSON as they are: browsers never send that to another site without asking
 * it first, and say at least where they come from.
 */
function isLocalProgram(request: Request, response: Response): boolean {
  const { headers } = request;
  const isBrowser = headers['sec-fetch-site'] !== undefined || headers.origin !== undefined;
  return !isBrowser && findViewer(response)?.via === 'local' && request.is('application/json') !== false;
}

/** Browsers say where a request comes from in one way or both. Host and port count: other ports are other programs. */
function refuseOtherOrigins({ headers, host }: Request): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOurs =
    (site === undefined || site === 'same-origin' || site === 'none') &&
    (origin === undefined || hostOf(origin) === host?.toLowerCase());
  if (!isOurs)
    throw new HttpRefusal(
      403,
      'This came from another site',
      'Nothing was done. Open the page here and send it again.',
    );
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined; // `null`
  }
}

function refuseWrongToken(key: Buffer, request: Request, response: Response): void {
  const binding = bindingOf(request, response);
  const token =
    request.headers[HEADER] ?? (request.body as Record<string, unknown> | undefined)?.[CSRF_FIELD];
  if (binding === undefined || typeof token !== 'string' || !isToken(key, binding, token))
    throw new HttpRefusal(
      403,
      'The form is not of this login',
      'Nothing was done. Open the page again and send it from there; a program needs an API token.',
    );
}

function bindingOf(request: Request, response: Response): string | undefined {
  const session = sessionOf(response);
  if (session !== undefined) return `session ${session.id}`;
  const browser = readCookie(request, COOKIE);
  return browser !== undefined && /^[\w-]{22}$/.test(browser) ? `browser ${browser}` : undefined;
}

function bindBrowser(response: Response): string {
  const { locals } = response;
  locals.browser ??= randomBytes(16).toString('base64url');
  const browser = String(locals.browser);
  if (!response.headersSent && locals.browserIsTold !== true) setCookie(response, COOKIE, browser);
  locals.browserIsTold = true;
  return `browser ${browser}`;
}

function makeToken(key: Buffer, binding: string): string {
  const salt = randomBytes(9).toString('base64url');
  return `${salt}.${sign(key, 'csrf', `${salt} ${binding}`)}`;
}

function isToken(key: Buffer, binding: string, token: string): boolean {
  const [salt = '', signature = ''] = token.split('.');
  return isSame(signature, sign(key, 'csrf', `${salt} ${binding}`));
}
