/** Readers of command-line arguments: what commander calls to check a value before a command sees it. */
import { InvalidArgumentError } from 'commander';

export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

export function readCount(value: string): number {
  const count = Number(value);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('expected a whole number from 1');
  return count;
}

export function readPort(value: string): number {
  const port = Number(value);
  if (!Number.isSafeInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('expected a port, 0 to 65535');
  return port;
}

export function readId(value: string): number {
  const id = Number(value);
  if (!Number.isSafeInteger(id) || id < 1) throw new InvalidArgumentError('expected an id, a whole number');
  return id;
}

export function readInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new InvalidArgumentError('expected a whole number');
  return number;
}
