/**
 * What stdout is: a terminal of some width, a file or a pipe. Texts that come from job files and tasks are made
 * harmless here before they reach a terminal: no control character of theirs ever does.
 */

/** Columns of the terminal; undefined when stdout is none, and nothing is to be cut to fit. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? Math.max(20, process.stdout.columns) : undefined;
}

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

/** Puts `text` (one line, which must fit) in the place of the line that the cursor stands in. */
export function redrawLine(text: string): void {
  process.stdout.write(`\r\u001b[K${text}`);
}

/** When whoever reads stdout has seen enough (`easel jobs | head`), that is the end of the command, not an error. */
export function endWithReader(): void {
  if (!heeded) process.stdout.on('error', onStdoutError);
  heeded = true;
}

/** A command that does more than show something goes on without its reader. */
export function outliveReader(): void {
  endWithReader();
  outlives = true;
}

let heeded = false;
let outlives = false;

function onStdoutError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  if (!outlives) process.exit();
}
