/** Users, for admins: who there is, and adding, changing and removing them. Each change is a form of its own. */
import express, { type Request, type Router } from 'express';
import { transact } from '../../core/db/transaction.ts';
import { ROLES } from '../../core/model/roles.ts';
import { hashPassword } from '../../core/runtime/password.ts';
import { listTokens, revokeToken } from '../../core/store/tokens.ts';
import {
  addUser,
  findUser,
  listUsers,
  refuseLastAdmin,
  removeUser,
  setPassword,
  setRole,
} from '../../core/store/users.ts';
import { type Exchange, frameOf, sayNext, sendPage } from '../send-page.ts';
import { formParts } from './form-parts.ts';
import { field, newPassword, refusalOf } from './forms.ts';
import type { LoginParts } from './login.ts';
import { requirePerson, viewerOf } from './roles.ts';
import { readRole, readRowId, readUserName } from './wishes.ts';

type Change = (exchange: Exchange, person: string) => Promise<string>;

export function userRoutes(login: LoginParts): Router {
  const router = express.Router();
  router.use('/users', requirePerson('admin'));
  router.get('/users', (request, response) => show(login, { request, response }));
  const on = (path: string, change: Change) =>
    router.post(path, async (request, response) => {
      const exchange = { request, response };
      const problem = await refusalOf(async () =>
        sayNext(response, await change(exchange, viewerOf(response).name)),
      );
      if (problem === undefined) response.redirect(303, '/users');
      else await show(login, exchange, problem);
    });
  for (const [path, change] of Object.entries(changes(login))) on(path, change);
  router.get('/users/:name/remove', async (request, response) => {
    const user = await findUser(login.parts.reader, readUserName(request));
    await refuseLastAdmin(login.parts.reader, user, 'stay');
    const exchange = { request, response };
    sendPage(exchange, 'user-remove', { ...frameOf(exchange), title: `Remove ${user.name}`, user });
  });
  return router;
}

function changes({ parts, identity }: LoginParts): Record<string, Change> {
  const { database } = parts;
  return {
    '/users': async ({ request }, person) => {
      const [name, role] = [field(request, 'name'), readRole(request)];
      const password = await hashPassword(newPassword(request));
      await transact(database, (trx) => addUser(trx, { name, role, password, person }));
      identity.forgetUsers();
      return `${name} was added as ${role}.`;
    },
    '/users/:name/role': async ({ request }, person) => {
      const [name, role] = [readUserName(request), readRole(request)];
      const isNew = await transact(database, (trx) => setRole(trx, { name, role, person }));
      return isNew ? `${name} is ${role} now, and has to log in again.` : `${name} was ${role} already.`;
    },
    '/users/:name/password': async ({ request }, person) => {
      const name = readUserName(request);
      const password = await hashPassword(newPassword(request));
      await transact(database, (trx) => setPassword(trx, { name, password, person }));
      return `The password of ${name} was changed; the sessions with the old one have ended.`;
    },
    '/users/:name/remove': async ({ request }, person) => {
      const name = readUserName(request);
      await transact(database, (trx) => removeUser(trx, { name, person }));
      return `${name} was removed, with all sessions and tokens.`;
    },
    '/users/tokens/:id/revoke': async ({ request }, person) => {
      await transact(database, (trx) => revokeToken(trx, { id: readRowId(request), person }));
      return 'The token was revoked.';
    },
  };
}

async function show({ parts }: LoginParts, exchange: Exchange, problem?: string): Promise<void> {
  const [users, tokens] = [await listUsers(parts.reader), await listTokens(parts.reader)];
  if (problem !== undefined) exchange.response.status(400);
  const frame = frameOf(exchange);
  const parted = formParts(frame, { tokens, revokeAt: '/users/tokens', showUser: true });
  const page = {
    ...frame,
    ...parted,
    title: 'Users',
    users,
    roles: ROLES,
    problem,
    ...typedInto(exchange.request),
  };
  sendPage(exchange, 'users', page);
}

const typedInto = (request: Request) => ({
  typedName: field(request, 'name'),
  typedRole: field(request, 'role'),
});
