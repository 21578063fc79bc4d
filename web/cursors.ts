/** Where a list goes on, as text in a URL: the numbers of its key, dots between them. */
import { z } from 'zod';

/** Optional. What is not of that shape is refused by name. */
export function cursor<const Names extends readonly string[]>(...names: Names) {
  return z
    .string()
    .regex(
      new RegExp(`^\\d{1,16}([.]\\d{1,16}){${names.length - 1}}$`),
      'expected what the page before gave as `next`',
    )
    .transform((text) => {
      const numbers = text.split('.').map(Number);
      return Object.fromEntries(names.map((name, at) => [name, numbers[at] ?? 0])) as Record<
        Names[number],
        number
      >;
    })
    .optional();
}

export function cursorText(cursor: object | null): string | null {
  return cursor === null ? null : Object.values(cursor).join('.');
}
