/** Who is asking, and whether that is enough. People who have not logged in are led to the login; programs are told. */
import type { Request, RequestHandler, Response } from 'express';
import { mayActAs, type Role } from '../../core/model/roles.ts';
import type { Viewer } from '../parts.ts';
import { HttpRefusal } from '../problems.ts';

export function findViewer(response: Response): Viewer | undefined {
  return (response.locals as { viewer?: Viewer }).viewer;
}

export function viewerOf(response: Response): Viewer {
  const viewer = findViewer(response);
  if (viewer === undefined) throw new HttpRefusal(401, 'Log in first', LOG_IN);
  return viewer;
}

const LOG_IN = 'This is for users only: log in, or send an API token as `Authorization: Bearer easel_...`.';

export function requireRole(role: Role): RequestHandler {
  return (request, response, next) => {
    const viewer = findViewer(response);
    if (viewer === undefined && isForPeople(request))
      return response.redirect(303, `/login?next=${encodeURIComponent(request.originalUrl)}`);
    if (viewer === undefined) response.set('WWW-Authenticate', 'Bearer realm="Easel"');
    const { role: own } = viewerOf(response);
    if (!mayActAs(own, role))
      throw new HttpRefusal(403, 'Not allowed', `This is for the role ${role}; you are ${own}.`);
    next();
  };
}

/** Passwords, users and tokens: a token that was stolen must not make itself another, or a user. */
export function requirePerson(role: Role): RequestHandler {
  const required = requireRole(role);
  return (request, response, next) => {
    if (findViewer(response)?.via === 'token')
      throw new HttpRefusal(403, 'Not allowed', 'This is for people who have logged in, not for API tokens.');
    return required(request, response, next);
  };
}

function isForPeople({ method, originalUrl, query, headers }: Request): boolean {
  if (
    !['GET', 'HEAD'].includes(method) ||
    originalUrl.startsWith('/api/') ||
    headers.authorization !== undefined
  )
    return false;
  return (
    ['undefined', 'html'].includes(String(query.format)) &&
    headers.accept?.includes('text/event-stream') !== true
  );
}
