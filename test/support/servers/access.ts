/**
 * What a test run knows about its servers, as plain data: it crosses from the keeper process to vitest, and from there to every
 * test worker. Everything a run makes on a server carries the run's prefix, `easel_test_<8 hex: second of birth><4 hex: run>`,
 * so that the run can remove its own things at the end, and a later run those that an unlucky one left behind.
 */
import { randomBytes } from 'node:crypto';

const family = 'easel_test_';
const dayInSeconds = 24 * 60 * 60;

/** How virtual hosts are made and removed: over the management API of the broker, or by a control program. */
export type VhostAccess =
  | { kind: 'http'; url: string; user: string; password: string }
  | { kind: 'ctl'; program: string; env: Record<string, string>; uid: number | null; gid: number | null };

export interface MysqlAccess {
  /** An account that may create and drop databases whose names begin with the run's prefix. */
  adminUrl: string;
}

export interface AmqpAccess {
  /** The broker's default virtual host; tests make hosts of their own beside it. */
  url: string;
  vhosts: VhostAccess;
}

export interface ServerAccess {
  prefix: string;
  mysql: MysqlAccess;
  amqp: AmqpAccess;
}

export function createRunPrefix(): string {
  const bornAt = Math.floor(Date.now() / 1000)
    .toString(16)
    .padStart(8, '0');
  return `${family}${bornAt}${randomBytes(2).toString('hex')}`;
}

/** A name for one database or virtual host of a run. */
export function createName(prefix: string): string {
  return `${prefix}${randomBytes(4).toString('hex')}`;
}

/** Whether a name is one of ours, left by a run that began more than a day ago. */
export function isLeftover(name: string): boolean {
  const bornAt = /^easel_test_([0-9a-f]{8})[0-9a-f]+$/.exec(name)?.[1];
  return bornAt !== undefined && Date.now() / 1000 - Number.parseInt(bornAt, 16) > dayInSeconds;
}
