/**
 * What a browser is told before it shows anything: nothing but our own scripts, styles and pictures, in no frame of others, and
 * pages in no cache. `upgrade-insecure-requests` is left out: the dashboard is mostly reached over plain http on one machine.
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

const SELF = ["'self'"];
const NONE = ["'none'"];

const OPTIONS: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      ...{ defaultSrc: SELF, scriptSrc: SELF, styleSrc: SELF, imgSrc: [...SELF, 'data:'], connectSrc: SELF },
      ...{ objectSrc: NONE, baseUri: NONE, frameAncestors: NONE, formAction: SELF },
    },
  },
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'same-origin' },
  strictTransportSecurity: false,
};

const UNUSED = ['camera', 'display-capture', 'geolocation', 'microphone', 'midi', 'payment', 'serial', 'usb'];
const PERMISSIONS = UNUSED.map((feature) => `${feature}=()`).join(', ');
const YEAR_SECONDS = 31_536_000;

/** For everything, static files too. */
export function securityHeaders(): RequestHandler[] {
  return [helmet(OPTIONS), ownHeaders];
}

function ownHeaders(request: Request, response: Response, next: NextFunction): void {
  response.set('Permissions-Policy', PERMISSIONS);
  if (request.secure) response.set('Strict-Transport-Security', `max-age=${YEAR_SECONDS}`);
  next();
}

/** For pages and the API: what one person saw, the next at the same browser does not get out of its cache. */
export function noStore(_request: Request, response: Response, next: NextFunction): void {
  response.set('Cache-Control', 'no-store');
  next();
}
