/** Sentences of core/words as a terminal shows them: states in their colours. */
import { type Line, partText } from '../words/line.ts';
import { paint, stateColour } from './style.ts';

export function renderLine(line: Line): string {
  return line
    .map((part) => {
      const text = partText(part);
      return typeof part === 'object' && part.kind === 'state' ? paint(stateColour(part.state), text) : text;
    })
    .join('');
}
