/** Pauses in the words of every command that shows them: what is paused, since when, by whom, and how it goes on. */
import type { Pause, PauseTarget } from '../store/pauses.ts';
import { formatInstant } from './format.ts';
import { printable } from './terminal.ts';

/** As the subject of a sentence: `job 7`. */
export function nameTarget({ scope, name }: PauseTarget): string {
  if (scope === 'all') return 'everything';
  return scope === 'job' ? `job ${name}` : `task type ${printable(name)}`;
}

export function resumeCommand({ scope, name }: PauseTarget): string {
  return `easel resume --${scope}${scope === 'all' ? '' : ` ${name}`}`;
}

export function describePause(pause: Pause): string {
  const { since, person } = pause;
  return `${nameTarget(pause)} is paused since ${formatInstant(since)} by ${printable(person)}: \`${resumeCommand(pause)}\` lets it go on`;
}
