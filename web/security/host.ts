/**
 * The names that the dashboard answers for. A page of another site may have its own name resolve to this machine (DNS rebinding)
 * and would then count as the same site; but the name that it sends with its requests is still its own. Loopback names and, where
 * others than this machine are listened to, plain addresses cannot be had by such a site.
 */
import { isIP } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { HttpRefusal } from '../problems.ts';

export interface Names {
  /** The address that is listened on. */
  readonly host: string;
  /** Names besides. */
  readonly allowed: readonly string[];
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(host);
}

/** Behind a proxy that is trusted, both names count: the one that it was asked by, and the one that it asks by. */
export function checkHost(names: Names): RequestHandler {
  const allowed = new Set([names.host, ...names.allowed].map((name) => name.toLowerCase()));
  const isOurs = (name: string) =>
    isLoopback(name) || allowed.has(name) || (isIP(name) !== 0 && !isLoopback(names.host));
  return (request, _response, next) => {
    for (const name of namesOf(request)) {
      if (!isOurs(name))
        throw new HttpRefusal(
          421,
          'This server does not go by that name',
          `It was asked for as "${name.slice(0, 100)}". If that is right, add the name to web.allowed_hosts in settings.yaml.`,
        );
    }
    next();
  };
}

function namesOf({ headers, hostname }: Request): string[] {
  return [withoutPort(headers.host ?? ''), withoutBrackets(hostname ?? '')].map((name) => name.toLowerCase());
}

const withoutPort = (host: string): string => withoutBrackets(host.replace(/:\d*$/, ''));
const withoutBrackets = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
