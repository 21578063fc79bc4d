/** What forms about users and tokens ask for, read from their text. */
import type { Request } from 'express';
import { EaselError } from '../../core/model/errors.ts';
import { ROLES, type Role } from '../../core/model/roles.ts';
import { field } from './forms.ts';

export function readRole(request: Request): Role {
  const role = ROLES.find((each) => each === field(request, 'role'));
  if (role === undefined) throw new EaselError('usage', `A role is one of ${ROLES.join(', ')}.`);
  return role;
}

/** A role, or none for the user's own. */
export function readChoice(request: Request): { role?: Role } {
  return field(request, 'role') === '' ? {} : { role: readRole(request) };
}

/** Days, or none for never. */
export function readDays(request: Request): { days?: number } {
  const text = field(request, 'days').trim();
  return text === '' ? {} : { days: Number(text) };
}

export function readRowId({ params }: Request): number {
  const id = Number(params.id);
  if (!Number.isSafeInteger(id) || id < 1) throw new EaselError('usage', 'The id is a whole number.');
  return id;
}

export function readUserName({ params }: Request): string {
  return String(params.name);
}
