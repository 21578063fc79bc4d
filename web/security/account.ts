/** One's own account: the password, and the API tokens of one's programs. A token's secret is shown in the answer that made it. */
import express, { type Router } from 'express';
import { transact } from '../../core/db/transaction.ts';
import { EaselError } from '../../core/model/errors.ts';
import { mayActAs, ROLES } from '../../core/model/roles.ts';
import { hashPassword, isPassword } from '../../core/runtime/password.ts';
import { Ids } from '../../core/store/ids.ts';
import { openSession } from '../../core/store/sessions.ts';
import { addToken, LONGEST_DAYS, listTokens, type NewToken, revokeToken } from '../../core/store/tokens.ts';
import { readPassword, setPassword } from '../../core/store/users.ts';
import { type Exchange, frameOf, sayNext, sendPage } from '../send-page.ts';
import { formParts } from './form-parts.ts';
import { field, newPassword, refusalOf } from './forms.ts';
import type { LoginParts } from './login.ts';
import { requirePerson, viewerOf } from './roles.ts';
import { readChoice, readDays, readRowId } from './wishes.ts';

export function accountRoutes(login: LoginParts): Router {
  const { parts } = login;
  const ids = new Ids(parts.database, 10);
  const router = express.Router();
  router.use('/account', requirePerson('viewer'));
  router.get('/account', (request, response) => show(login, { request, response }));
  router.post('/account/password', async (request, response) => {
    const problem = await refusalOf(() => changePassword(login, { request, response }));
    if (problem !== undefined) return await show(login, { request, response }, { problem });
    sayNext(response, 'The password was changed; other sessions of yours have ended.');
    response.redirect(303, '/account');
  });
  router.post('/account/tokens', async (request, response) => {
    let made: NewToken | undefined;
    const problem = await refusalOf(async () => {
      const { name: user } = userOf({ request, response });
      const wish = {
        user,
        person: user,
        name: field(request, 'name'),
        ...readDays(request),
        ...readChoice(request),
      };
      made = await transact(parts.database, (trx) => addToken(trx, ids, wish));
    });
    await show(login, { request, response }, { problem, made });
  });
  router.post('/account/tokens/:id/revoke', async (request, response) => {
    const { name: user } = userOf({ request, response });
    const wish = { id: readRowId(request), user, person: user };
    await transact(parts.database, (trx) => revokeToken(trx, wish));
    sayNext(response, 'The token was revoked.');
    response.redirect(303, '/account');
  });
  return router;
}

/** All sessions end with the old password; this browser gets a new one. */
async function changePassword({ parts, identity, delays }: LoginParts, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const { name } = userOf(exchange);
  const password = newPassword(request);
  delays.begin(name);
  if (!(await isPassword(field(request, 'current'), await readPassword(parts.reader, name))))
    throw new EaselError('usage', 'The current password is not right.');
  delays.wasRight(name);
  const hash = await hashPassword(password);
  const secret = await transact(parts.database, async (trx) => {
    await setPassword(trx, { name, password: hash, person: name });
    return await openSession(trx, { user: name, password: hash });
  });
  if (secret !== undefined) identity.begin(response, secret);
}

function userOf({ response }: Exchange) {
  const viewer = viewerOf(response);
  if (viewer.via !== 'session')
    throw new EaselError('conflict', 'There are no users yet: nobody has an account.');
  return viewer;
}

interface Said {
  readonly problem?: string | undefined;
  readonly made?: NewToken | undefined;
}

async function show({ parts }: LoginParts, exchange: Exchange, said: Said = {}): Promise<void> {
  const { name, role, via } = viewerOf(exchange.response);
  const tokens = via === 'session' ? await listTokens(parts.reader, name) : [];
  const roles = ROLES.filter((each) => mayActAs(role, each));
  if (said.problem !== undefined) exchange.response.status(400);
  const frame = frameOf(exchange);
  const parted = formParts(frame, { tokens, revokeAt: '/account/tokens', showUser: false });
  const page = { ...frame, ...parted, title: 'Account', roles, longestDays: LONGEST_DAYS, ...said };
  sendPage(exchange, 'account', page);
}
