/** Log lines of attempts, a few to a chunk; now and then an attempt that has written a great many. */
import type { SeedAttempt } from './model.ts';
import type { Sink } from './sink.ts';
import { LOG_LINES } from './texts.ts';

const MANY_LINES = 3_000;
const LINES_PER_CHUNK = 500;

interface Told {
  readonly from: number;
  readonly isLong: boolean;
  readonly random: () => number;
}

/** The failed say why. */
export function logRows(sink: Sink, { id, error }: SeedAttempt, { from, isLong, random }: Told): void {
  const lines: string[] = [];
  const count = isLong ? MANY_LINES : 1 + Math.floor(random() * LOG_LINES.length);
  for (let line = 0; line < count; line++) {
    const [level, message] = LOG_LINES[line % LOG_LINES.length] ?? ['info', ''];
    lines.push(JSON.stringify({ at: from + line, level, message }));
  }
  if (error !== null) lines.push(JSON.stringify({ at: from + count, level: 'error', message: error }));
  for (let start = 0, number = 0; start < lines.length; start += LINES_PER_CHUNK, number++) {
    const content = `${lines.slice(start, start + LINES_PER_CHUNK).join('\n')}\n`;
    sink.add('log_chunks', { attempt_id: id, number, at: from + start, content });
  }
}
