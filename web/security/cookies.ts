/**
 * Cookies of requests (RFC 6265). Those that say who somebody is are sealed: the value carries a signature made with the
 * installation's key, so what was not made here is not even looked up.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';

export function readCookie({ headers }: Request, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    try {
      return decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** Over https only when it came so: over plain http on this machine a browser would not send it back. */
function cookieOptions({ req }: Response): CookieOptions {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: req.secure };
}

export function setCookie(response: Response, name: string, value: string): void {
  response.cookie(name, value, cookieOptions(response));
}

export function dropCookie(response: Response, name: string): void {
  response.clearCookie(name, cookieOptions(response));
}

/** `use` keeps what was signed for one purpose from serving another. */
export function sign(key: Buffer, use: string, text: string): string {
  return createHmac('sha256', key).update(`${use}\0${text}`).digest('base64url');
}

export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function seal(key: Buffer, use: string, value: string): string {
  return `${value}.${sign(key, use, value)}`;
}

export function unseal(key: Buffer, use: string, sealed: string | undefined): string | undefined {
  const at = sealed?.lastIndexOf('.') ?? -1;
  if (sealed === undefined || at < 0) return undefined;
  const value = sealed.slice(0, at);
  return isSame(sealed.slice(at + 1), sign(key, use, value)) ? value : undefined;
}
