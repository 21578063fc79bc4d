/** What pages and actions work with: the installation, opened with connections of the dashboard's own, and who is asking. */
import type { Database } from '../core/db/open.ts';
import { type Reader, reading } from '../core/db/transaction.ts';
import type { Installation } from '../core/installation.ts';
import type { Role } from '../core/model/roles.ts';
import type { Asking } from '../core/store/asking.ts';
import { Definitions } from '../core/store/definitions.ts';

export interface WebParts {
  readonly installation: Installation;
  readonly database: Database;
  readonly reader: Reader;
  readonly definitions: Definitions;
  /** What it takes to explain why a task stands where it stands. */
  readonly asking: Asking;
}

export interface Viewer {
  readonly name: string;
  readonly role: Role;
  /** `local`: nobody has to log in, since there are no users and only this machine is listened to. */
  readonly via: 'session' | 'token' | 'local';
}

export function webParts(installation: Installation): WebParts {
  const { database, registry, settings } = installation;
  const asking = { registry, defaults: settings, aliveWithinMs: settings.lease_seconds * 1_000 };
  return {
    installation,
    database,
    reader: reading(database),
    definitions: new Definitions(database),
    asking,
  };
}
