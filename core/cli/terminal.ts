/** What stdout is: a terminal of some width, a file or a pipe, and what happens when its reader has gone. */

/** Columns of the terminal; undefined when stdout is none, and nothing is to be cut to fit. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? Math.max(20, process.stdout.columns) : undefined;
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
