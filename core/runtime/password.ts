/**
 * Passwords are kept as salted scrypt hashes, with their parameters: `$scrypt$ln=15,r=8,p=3$SALT$HASH`, the salt and the hash in
 * base64. Who names a user that does not exist waits as long as who names one. A hash takes 32 MiB and a thread of the pool for a
 * quarter of a second, so few are made at once and only some may wait for their turn.
 */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { EaselError } from '../model/errors.ts';

export const SHORTEST_PASSWORD = 10;

const SALT_BYTES = 16;
const HASH_BYTES = 32;
const COST = { ln: 15, r: 8, p: 3 };
const HIGHEST = { ln: 20, r: 32, p: 16 };
const AT_ONCE = 2;
const WAITING_AT_MOST = 50;

interface Kept {
  readonly ln: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Nobody's: what a password is compared with when there is no such user. */
const NOBODY: Kept = { ...COST, salt: Buffer.alloc(SALT_BYTES), hash: Buffer.alloc(HASH_BYTES) };

export function checkPassword(password: string): void {
  if ([...password].length < SHORTEST_PASSWORD)
    throw new EaselError('usage', `a password has at least ${SHORTEST_PASSWORD} characters`);
}

export async function hashPassword(password: string): Promise<string> {
  checkPassword(password);
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt, hash: NOBODY.hash });
  const { ln, r, p } = COST;
  return `$scrypt$ln=${ln},r=${r},p=${p}$${salt.toString('base64')}$${hash.toString('base64')}`;
}

/** @param kept undefined when there is no such user */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  const expected = kept === undefined ? NOBODY : parse(kept);
  const isSame = timingSafeEqual(await derive(password, expected), expected.hash);
  return isSame && kept !== undefined;
}

const FORM = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

function parse(kept: string): Kept {
  const [, ln, r, p, salt = '', hash = ''] = FORM.exec(kept) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const isSound = (['ln', 'r', 'p'] as const).every((key) => cost[key] >= 1 && cost[key] <= HIGHEST[key]);
  if (!isSound) throw new Error('the stored hash of a password has a form that is not known');
  return { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}

/** The same text, however a keyboard composes its accents. */
async function derive(password: string, { ln, r, p, salt, hash }: Kept): Promise<Buffer> {
  const N = 2 ** ln;
  const options: ScryptOptions = { N, r, p, maxmem: 128 * r * (N + p + 2) + 1024 * 1024 };
  return await inTurn(
    () =>
      new Promise((resolve, reject) => {
        scrypt(password.normalize('NFC'), salt, hash.length, options, (error, key) =>
          error === null ? resolve(key) : reject(error),
        );
      }),
  );
}

let atWork = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (atWork < AT_ONCE) atWork++;
  else if (waiting.length < WAITING_AT_MOST) await new Promise<void>((resolve) => waiting.push(resolve));
  else
    throw new EaselError('unavailable', 'too many people log in at this moment: try again in a few seconds');
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) atWork--;
    else next(); // takes over the turn
  }
}
