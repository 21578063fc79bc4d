/** What the pages about accounts and users have in common: the table of tokens, and the fields for a new password. */
import { SHORTEST_PASSWORD } from '../../core/runtime/password.ts';
import type { TokenView } from '../../core/store/tokens.ts';
import type { Frame } from '../send-page.ts';
import { render } from '../views.ts';

interface TokenTable {
  readonly tokens: readonly TokenView[];
  readonly revokeAt: string;
  readonly showUser: boolean;
}

export function formParts(frame: Frame, table: TokenTable) {
  const shortest = SHORTEST_PASSWORD;
  return {
    tokens: table.tokens,
    tokenTable: render('parts/tokens', { ...frame, ...table }),
    passwordFields: render('parts/new-password', { shortest }),
    shortest,
  };
}
