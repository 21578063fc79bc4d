/**
 * What makes a deployment this one: an id, by which all that belongs to it is found again, and the passwords that were made
 * for its database and broker. In `deployment.yaml` of Easel's home, readable by its owner only. Whoever has the file has the deployment.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { EaselError } from '../../core/model/errors.ts';

const identitySchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  database_password: z.string().min(16).optional(),
  broker_password: z.string().min(16).optional(),
});

export type Identity = z.infer<typeof identitySchema>;
type PasswordName = 'database_password' | 'broker_password';

/** Undefined where nothing was ever deployed from this home. */
export function readIdentity(home: string): Identity | undefined {
  const file = join(home, FILE);
  if (!existsSync(file)) return undefined;
  try {
    return identitySchema.parse(parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new EaselError('settings', `${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The identity of this home, made when there is none, with the passwords that are asked for. */
export function ensureIdentity(home: string, wanted: readonly PasswordName[]): Identity {
  const known = readIdentity(home);
  const identity: Identity = known ?? { id: randomBytes(16).toString('hex') };
  const missing = wanted.filter((name) => identity[name] === undefined);
  if (known !== undefined && missing.length === 0) return known;
  const made = missing.map((name) => [name, randomBytes(24).toString('base64url')]);
  const complete = { ...identity, ...Object.fromEntries(made) };
  store(home, complete);
  return complete;
}

const FILE = 'deployment.yaml';

/** Whole or not at all. */
function store(home: string, identity: Identity): void {
  mkdirSync(home, { recursive: true });
  const file = join(home, FILE);
  const next = `${file}.${process.pid}`;
  writeFileSync(next, stringify(identity), { mode: 0o600 });
  renameSync(next, file);
}
