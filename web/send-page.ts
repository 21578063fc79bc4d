/** Every page goes out through here: the frame around it, who is looking, and what the last action has to say. */
import type { CookieOptions, Request, Response } from 'express';
import { mayActAs } from '../core/model/roles.ts';
import { ASSETS } from './assets.ts';
import { navigationFor } from './navigation.ts';
import type { Viewer } from './parts.ts';
import { readCookie } from './security/cookies.ts';
import { csrfToken } from './security/csrf.ts';
import { findViewer } from './security/roles.ts';
import { render } from './views.ts';
import { words } from './words.ts';

/** What every template has. */
export interface Frame {
  readonly viewer: Viewer | undefined;
  /** Where the page's own scripts, styles and fonts are. */
  readonly assets: string;
  /** The path of the page, as in the address bar. */
  readonly path: string;
  readonly csrf: string;
  readonly mayOperate: boolean;
  readonly words: typeof words;
}

export interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

export function frameOf({ request, response }: Exchange): Frame {
  const path = `${request.baseUrl}${request.path}`.replace(/(.)\/$/, '$1');
  const viewer = findViewer(response);
  const mayOperate = viewer !== undefined && mayActAs(viewer.role, 'operator');
  return { viewer, mayOperate, assets: ASSETS, path, csrf: csrfToken(response), words };
}

/** @param view below `views/`, without its ending */
export function sendPage<P extends Frame & { readonly title: string }>(
  exchange: Exchange,
  view: string,
  page: P,
): void {
  const notice = takeNotice(exchange);
  const { role } = page.viewer ?? {};
  const around = {
    navigation: role === undefined ? [] : navigationFor(role),
    ...{ notice, body: render(view, page) },
  };
  exchange.response.type('html').send(render('layout', { ...page, ...around }));
}

const NOTICE = 'easel_notice';
const OPTIONS: CookieOptions = { httpOnly: true, sameSite: 'strict', path: '/' };

/** Said once, on the page that comes next. */
export function sayNext(response: Response, text: string): void {
  response.cookie(NOTICE, text.slice(0, 500), { ...OPTIONS, maxAge: 60_000 });
}

function takeNotice({ request, response }: Exchange): string | undefined {
  const notice = readCookie(request, NOTICE);
  if (notice !== undefined) response.clearCookie(NOTICE, OPTIONS);
  return notice;
}
