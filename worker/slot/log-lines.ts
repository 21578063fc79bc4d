/**
 * From the bytes that a program prints to log lines. Memory is bounded whatever is printed: a line is cut at
 * 16 KiB, never inside a character; bytes that are not UTF-8 become U+FFFD.
 */
import { LOG_LEVELS, type LogLevel, type LogLine } from '../../core/model/log-lines.ts';

export const MAX_LINE_BYTES = 16_384;

const NEWLINE = 0x0a;

/** Names of levels that other logging libraries use. */
const LEVELS = new Map<string, LogLevel>([
  ...LOG_LEVELS.map((level) => [level, level] as const),
  ['trace', 'debug'],
  ['notice', 'info'],
  ['warn', 'warning'],
  ['critical', 'error'],
  ['fatal', 'error'],
]);

export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that `chunk` completes, without their ends. */
  push(chunk: Buffer): string[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      const stop = end < 0 ? bytes.length : end;
      while (stop - start > MAX_LINE_BYTES) {
        const cut = cutBefore(bytes, start + MAX_LINE_BYTES);
        lines.push(bytes.toString('utf8', start, cut));
        start = cut;
      }
      if (end < 0) break;
      lines.push(bytes.toString('utf8', start, bytes[end - 1] === 0x0d && end > start ? end - 1 : end));
      start = end + 1;
    }
    // A copy, so that a few bytes do not keep the whole chunk alive.
    this.#rest = Buffer.from(bytes.subarray(start));
    return lines;
  }

  /** The last line, if it had no end. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : [rest.toString('utf8')];
  }
}

/** The nearest start of a character at or before `position`. */
function cutBefore(bytes: Buffer, position: number): number {
  for (let cut = position; cut > position - 4; cut--) {
    if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  }
  return position;
}

/** A JSON object with `level` and `message` keeps its level; any other text gets `level`. */
export function toLogLine(text: string, level: LogLevel): LogLine {
  const own = text.startsWith('{') ? parseStructured(text) : undefined;
  return { at: Date.now(), level: own?.level ?? level, message: own?.message ?? text };
}

function parseStructured(text: string): { level: LogLevel; message: string } | undefined {
  try {
    const { level: name, message } = JSON.parse(text) as { level?: unknown; message?: unknown };
    const level = typeof name === 'string' ? LEVELS.get(name.toLowerCase()) : undefined;
    return level !== undefined && typeof message === 'string' ? { level, message } : undefined;
  } catch {
    return undefined;
  }
}
