/**
 * Logging in and out. A login begins a session of its own and ends the one that the browser had, so that nobody can prepare one for
 * somebody else. What is wrong is not told: neither by words nor by time does one learn whether there is such a user.
 */
import express, { type Request, type Router } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { transact } from '../../core/db/transaction.ts';
import { isUserName } from '../../core/model/user-names.ts';
import { isPassword } from '../../core/runtime/password.ts';
import { recordAction } from '../../core/store/audit.ts';
import { dropExpiredSessions, openSession } from '../../core/store/sessions.ts';
import { readPassword } from '../../core/store/users.ts';
import type { WebParts } from '../parts.ts';
import { type Exchange, frameOf, sendPage } from '../send-page.ts';
import { field } from './forms.ts';
import { localPath } from './local-path.ts';
import { findViewer } from './roles.ts';
import type { Identity } from './session.ts';
import { type NameDelays, Seldom, TooManyTries } from './tries.ts';

export interface LoginParts {
  readonly parts: WebParts;
  readonly identity: Identity;
  readonly delays: NameDelays;
}

const MINUTE_MS = 60_000;
const TRIES_PER_ADDRESS = 10;
const FAILURES_RECORDED = 60;
const EXPIRED_AT_ONCE = 200;
const WRONG = 'The name or the password is not right.';

export function loginRoutes(login: LoginParts): Router {
  const { identity } = login;
  const router = express.Router();
  const failures = new Seldom(MINUTE_MS, FAILURES_RECORDED);
  router.get('/login', async (request, response) => {
    const next = localPath(request.query.next);
    if (findViewer(response) !== undefined) return response.redirect(303, next);
    await ask({ request, response }, identity, { next });
  });
  router.post('/login', limitByAddress(identity), async (request, response) => {
    const tried = await tryLogin(login, request);
    if (typeof tried === 'object' && 'secret' in tried) {
      await identity.endSession(request);
      identity.begin(response, tried.secret);
      return response.redirect(303, localPath(field(request, 'next')));
    }
    await askAgain({ request, response }, identity, tried);
    if (tried === 'wrong') await recordFailure(login, request, failures);
  });
  router.post('/logout', async (request, response) => {
    await identity.leave(request, response);
    response.redirect(303, '/login');
  });
  return router;
}

/** Networks count as one address in IPv6, where everybody has many. */
function limitByAddress(identity: Identity) {
  return rateLimit({
    ...{ windowMs: MINUTE_MS, limit: TRIES_PER_ADDRESS, validate: false },
    ...{ standardHeaders: false, legacyHeaders: false },
    keyGenerator: ({ ip, socket }) => ipKeyGenerator(ip ?? socket.remoteAddress ?? ''),
    handler: (request, response) => askAgain({ request, response }, identity, new TooManyTries(MINUTE_MS)),
  });
}

type Tried = { readonly secret: string } | 'wrong' | TooManyTries;

async function tryLogin({ parts, delays }: LoginParts, request: Request): Promise<Tried> {
  const given = field(request, 'name');
  // Only what can be a name is looked for: MariaDB takes "anna" and "anna " for the same.
  const name = isUserName(given) ? given : undefined;
  try {
    if (name !== undefined) delays.begin(name);
  } catch (error) {
    if (error instanceof TooManyTries) return error;
    throw error;
  }
  const kept = name === undefined ? undefined : await readPassword(parts.reader, name);
  const isRight = await isPassword(field(request, 'password'), kept);
  if (!isRight || name === undefined || kept === undefined) return 'wrong';
  delays.wasRight(name);
  const secret = await transact(parts.database, async (trx) => {
    await dropExpiredSessions(trx, EXPIRED_AT_ONCE);
    const opened = await openSession(trx, { user: name, password: kept });
    if (opened !== undefined)
      await recordAction(trx, {
        person: name,
        action: 'login',
        detail: `from ${request.ip ?? 'an unknown address'}`,
      });
    return opened;
  });
  return secret === undefined ? 'wrong' : { secret };
}

/** Once a minute for a name; names of nobody are not kept, for people type passwords there. */
async function recordFailure({ parts }: LoginParts, request: Request, failures: Seldom): Promise<void> {
  const given = field(request, 'name');
  const isKnown = isUserName(given) && (await readPassword(parts.reader, given)) !== undefined;
  const name = isKnown ? given : '';
  if (!failures.isDue(name)) return;
  const who = isKnown ? `as ${name}` : 'with the name of nobody';
  const from = request.ip ?? 'an unknown address';
  await transact(parts.database, (trx) =>
    recordAction(trx, { person: name, action: 'login-failed', detail: `${who}, from ${from}` }),
  );
}

async function askAgain(
  exchange: Exchange,
  identity: Identity,
  tried: 'wrong' | TooManyTries,
): Promise<void> {
  const { request, response } = exchange;
  if (tried === 'wrong') response.status(403);
  else response.status(429).set('Retry-After', String(tried.retryAfterSeconds));
  const problem = tried === 'wrong' ? WRONG : `Too many tries. ${tried.message}`;
  const next = localPath(field(request, 'next'));
  await ask(exchange, identity, { next, problem, name: field(request, 'name').slice(0, 64) });
}

interface Asked {
  readonly next: string;
  readonly name?: string;
  readonly problem?: string;
}

async function ask(exchange: Exchange, identity: Identity, asked: Asked): Promise<void> {
  const anyUsers = await identity.anyUsers();
  sendPage(exchange, 'login', { ...frameOf(exchange), title: 'Log in', anyUsers, ...asked });
}
