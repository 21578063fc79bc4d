/** Passwords: kept as hashes that say how they were made, compared as people type them. */
import { scryptSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashPassword, isPassword } from '../../core/runtime/password.ts';

test('a password is right or wrong, and each hash has a salt of its own', async () => {
  const [one, other] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
  expect(one).toMatch(/^\$scrypt\$ln=15,r=8,p=3\$[^$]{24}\$[^$]{44}$/);
  expect(one).not.toBe(other);
  expect(await isPassword('correct horse', one)).toBe(true);
  expect(await isPassword('correct horsf', one)).toBe(false);
  expect(await isPassword('correct horse', undefined)).toBe(false);
}, 30_000);

test('ten characters are enough and nine are not, whatever they are', async () => {
  await expect(hashPassword('123456789')).rejects.toThrow(/at least 10 characters/);
  await expect(hashPassword('😀😀😀😀😀😀😀😀😀')).rejects.toThrow(/at least 10/);
  expect(await isPassword('          ', await hashPassword('          '))).toBe(true);
}, 30_000);

test('an accent is the same, composed or not', async () => {
  expect(
    await isPassword('e\u0301te\u0301 a\u0300 Paris', await hashPassword('\u00e9t\u00e9 \u00e0 Paris')),
  ).toBe(true);
}, 30_000);

test('a hash made with other parameters is still understood, and an unknown form refused', async () => {
  const salt = Buffer.from('0123456789abcdef');
  const hash = scryptSync('an old password', salt, 32, { N: 1024, r: 8, p: 1 });
  const kept = (cost: string) => `$scrypt$${cost}$${salt.toString('base64')}$${hash.toString('base64')}`;
  expect(await isPassword('an old password', kept('ln=10,r=8,p=1'))).toBe(true);
  for (const cost of ['ln=40,r=8,p=1', 'ln=0,r=8,p=1', 'n=1'])
    await expect(isPassword('an old password', kept(cost)), cost).rejects.toThrow(/form that is not known/);
}, 30_000);

test('only some wait for their turn', async () => {
  const ended = await Promise.allSettled(
    Array.from({ length: 60 }, () => isPassword('whatever it is', CHEAP)),
  );
  const refused = ended.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(60 - 52);
  expect(await isPassword('whatever it is', CHEAP)).toBe(false);
}, 30_000);

const CHEAP = `$scrypt$ln=4,r=8,p=1$${Buffer.alloc(16).toString('base64')}$${Buffer.alloc(32).toString('base64')}`;
