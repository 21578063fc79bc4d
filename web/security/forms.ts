/** Fields of forms, as text, and what people are told when what they typed cannot be. */
import type { Request } from 'express';
import { EaselError } from '../../core/model/errors.ts';

export function field({ body }: Request, name: string): string {
  const value = (body as Record<string, unknown> | undefined)?.[name];
  return typeof value === 'string' ? value : '';
}

/** The password of a form that asks for it twice. */
export function newPassword(request: Request): string {
  const password = field(request, 'password');
  if (password !== field(request, 'again'))
    throw new EaselError('usage', 'The two passwords are not the same: type the new one twice.');
  return password;
}

/** What was wrong, to be said on the form; undefined when nothing was. */
export async function refusalOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof EaselError && ['usage', 'conflict', 'not_found'].includes(error.code))
      return error.message;
    throw error;
  }
}
