/** Logs as the engine sends them. Pure. */

/** The engine puts eight bytes before each piece: the stream's number and, in the last four, the piece's length. */
export function logLines(log: Buffer): string[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at + 8 <= log.length; ) {
    const end = at + 8 + log.readUInt32BE(at + 4);
    pieces.push(log.subarray(at + 8, end));
    at = end;
  }
  const text = Buffer.concat(pieces).toString().trimEnd();
  return text === '' ? [] : text.split('\n');
}
