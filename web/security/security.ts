/**
 * What stands before every page, in this order: the name it was asked by, who asks, what was sent, and whether the page here was what
 * sent it; then the pages about logins and users themselves. Nothing behind it is reached by a POST that another site had a browser make.
 */
import express, { type Router } from 'express';
import type { Database } from '../../core/db/open.ts';
import { reading } from '../../core/db/transaction.ts';
import { withDefaults } from '../../core/job-file/limits.ts';
import { EaselError } from '../../core/model/errors.ts';
import { hasUsers } from '../../core/store/users.ts';
import type { WebParts } from '../parts.ts';
import { accountRoutes } from './account.ts';
import { csrf } from './csrf.ts';
import { noStore } from './headers.ts';
import { isLoopback } from './host.ts';
import { limitUrl, readBodies } from './limits.ts';
import { loginRoutes } from './login.ts';
import { type Identity, identify } from './session.ts';
import { NameDelays } from './tries.ts';
import { userRoutes } from './users.ts';

/** Where job files are sent to. */
const JOB_FILE_PATHS = ['/submit', '/submit/check', '/api/v1/submit', '/api/v1/submit/check'];

export function security(parts: WebParts, identity: Identity): Router {
  const { limits } = parts.installation.settings;
  const jobFiles = { paths: JOB_FILE_PATHS, bytes: withDefaults(limits).max_file_bytes };
  const login = { parts, identity, delays: new NameDelays() };
  const router = express.Router();
  router.use(noStore, limitUrl, identify(identity), readBodies(jobFiles), csrf(identity.key));
  router.use(loginRoutes(login), accountRoutes(login), userRoutes(login));
  return router;
}

/** Whoever can reach this machine could act as the one who runs it. */
export async function refuseOpenDoor(database: Database, host: string): Promise<void> {
  if (isLoopback(host) || (await hasUsers(reading(database)))) return;
  throw new EaselError(
    'settings',
    `on ${host} others can reach the dashboard, and there are no users: add one with \`easel user add NAME --role admin\`, or leave out --host to serve this machine only`,
  );
}
