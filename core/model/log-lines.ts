/** Lines of logs as they are stored, JSON objects one per line, and which of them somebody wants to see. */

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogLine {
  /** Epoch milliseconds, on the worker's clock until it is stored; order within an attempt is the order of arrival. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
}

export interface LineFilter {
  /** This level and above. */
  readonly level?: LogLevel | undefined;
  /** In the message, in whatever case. */
  readonly text?: string | undefined;
}

export function parseLines(content: string): LogLine[] {
  return content
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}

export function wants({ level = 'debug', text }: LineFilter): (line: LogLine) => boolean {
  const least = LOG_LEVELS.indexOf(level);
  const part = text?.toLowerCase() ?? '';
  return (line) => LOG_LEVELS.indexOf(line.level) >= least && line.message.toLowerCase().includes(part);
}
