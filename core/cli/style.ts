/** Colours of the command line: only where stdout is a terminal, and as NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR say. */
import { styleText } from 'node:util';
import type { State } from '../words/states.ts';

export type Colour = Parameters<typeof styleText>[0];

export function paint(colour: Colour, text: string): string {
  return styleText(colour, text, { stream: process.stdout, validateStream: true });
}

const COLOURS: Record<State, Colour> = {
  waiting: 'dim',
  ready: 'cyan',
  queued: 'cyan',
  running: 'blue',
  expanded: 'blue',
  done: 'green',
  succeeded: 'green',
  failed: 'red',
  lost: 'red',
  blocked: 'yellow',
  cancelled: 'magenta',
  not_taken: 'dim',
};

export function stateColour(state: State): Colour {
  return COLOURS[state];
}
