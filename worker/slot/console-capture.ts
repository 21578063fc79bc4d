/**
 * Whatever task modules print becomes lines of the log: `console.*` with its level, `process.stdout` as info and
 * `process.stderr` as warnings. What native code writes to the descriptors goes to the slot by their pipes.
 */

import { format } from 'node:util';
import type { LogLevel } from '../../core/model/log-lines.ts';
import { LineSplitter, toLogLine } from './log-lines.ts';

export type Print = (line: ReturnType<typeof toLogLine>) => void;

/** Returns the function that ends unfinished lines. */
export function captureOutput(print: Print): () => void {
  captureConsole(print);
  const ends = [
    captureStream(process.stdout, 'info', print),
    captureStream(process.stderr, 'warning', print),
  ];
  return () => {
    for (const end of ends) end();
  };
}

function captureConsole(print: Print): void {
  const printAs =
    (level: LogLevel) =>
    (...values: unknown[]) => {
      for (const line of format(...values).split('\n')) print({ at: Date.now(), level, message: line });
    };
  const { log, info } = { log: printAs('info'), info: printAs('info') };
  Object.assign(console, {
    log,
    info,
    debug: printAs('debug'),
    warn: printAs('warning'),
    error: printAs('error'),
  });
}

function captureStream(stream: NodeJS.WriteStream, level: LogLevel, print: Print): () => void {
  const splitter = new LineSplitter();
  const printAll = (lines: string[]) => {
    for (const line of lines) print(toLogLine(line, level));
  };
  stream.write = (chunk: Uint8Array | string, encoding?: unknown, callback?: unknown): boolean => {
    const isEncoding = typeof encoding === 'string' && Buffer.isEncoding(encoding);
    printAll(
      splitter.push(
        Buffer.from(typeof chunk === 'string' ? Buffer.from(chunk, isEncoding ? encoding : 'utf8') : chunk),
      ),
    );
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done);
    return true;
  };
  return () => printAll(splitter.end());
}
