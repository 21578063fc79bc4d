/** Pauses in the words of whatever shows them: what is paused, since when, by whom, and how it goes on. */

import type { Concerned, Pause, PauseTarget } from '../store/pauses.ts';
import { plural } from './format.ts';
import { type CommandPart, command, instant, type Line, line, nameJob, textOf } from './line.ts';

/** As the subject of a sentence: `job 7`. */
export function nameTarget(target: PauseTarget): string {
  return textOf(lineOf(target));
}

export function resumeCommand(target: PauseTarget): CommandPart {
  const { scope, name } = target;
  return command('resume', `--${scope}${scope === 'all' ? '' : ` ${name}`}`, { pause: { scope, name } });
}

export function describePause(pause: Pause): Line {
  const { since, person } = pause;
  return line`${lineOf(pause)} is paused since ${instant(since)} by ${person}: ${resumeCommand(pause)} lets it go on`;
}

/** `1 task in the queue, 7 ready, 2 running` */
export function describeConcerned({ queued, ready, running }: Concerned): string {
  return `${plural(queued, 'task')} in the queue, ${ready} ready, ${running} running`;
}

function lineOf({ scope, name }: PauseTarget): Line {
  if (scope === 'all') return ['everything'];
  return scope === 'job' ? [nameJob(Number(name))] : [`task type ${name}`];
}
