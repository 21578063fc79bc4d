/** Secrets that browsers and programs show: 256 random bits each. Only their SHA-256 is kept, by which they are found. */
import { createHash, randomBytes, randomInt } from 'node:crypto';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 62^43 is just above 2^256. */
const LENGTH = 43;

const TOKEN_PREFIX = 'easel_';

export const newSessionSecret = (): string => randomBytes(32).toString('base64url');

export const newTokenSecret = (): string =>
  TOKEN_PREFIX + Array.from({ length: LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join('');

export const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex');
