/**
 * Names of users and of their API tokens. User names are plain ASCII: two that look alike are the same, and none has spaces at its
 * ends, which MariaDB would not tell apart.
 */
import { EaselError } from './errors.ts';

const USER_NAME = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const TOKEN_NAME_CHARACTERS = 100;

export function isUserName(name: string): boolean {
  return USER_NAME.test(name);
}

export function checkUserName(name: string): string {
  if (!isUserName(name))
    throw new EaselError(
      'usage',
      'a user name has 1 to 64 letters, digits, dots, hyphens, underscores or @, and begins with a letter or digit',
    );
  return name;
}

export function checkTokenName(given: string): string {
  const name = given.trim();
  if (name === '' || name.length > TOKEN_NAME_CHARACTERS || /\p{Cc}/u.test(name))
    throw new EaselError(
      'usage',
      `a token's name says what it is for, in 1 to ${TOKEN_NAME_CHARACTERS} characters`,
    );
  return name;
}
