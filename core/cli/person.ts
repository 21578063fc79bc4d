/** Who types the commands, as the system knows them. */
import { userInfo } from 'node:os';

export function personName(): string {
  return userInfo().username;
}
