/**
 * Texts that come from job files and tasks, made harmless for a line that people read: no control character of theirs
 * moves a cursor or turns the reading direction.
 */

const CONTROL = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line, control characters (line ends and the reversal of text among them) shown as escapes. */
export function printable(text: string): string {
  return text.replace(CONTROL, (character) => {
    if (character === '\t') return ' ';
    if (character === '\n') return '\\n';
    if (character === '\r') return '\\r';
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

export function firstLine(text: string): string {
  return printable(text.trimStart().split(/\r\n|[\r\n]/, 1)[0] ?? '');
}
