/** Holding back a job, a task type or everything, and letting it go on. */
import { z } from 'zod';
import { pause, planPause } from '../../core/actions/pause.ts';
import { planResume, resume } from '../../core/actions/resume.ts';
import type { PauseTarget } from '../../core/store/pauses.ts';
import { plural } from '../../core/words/format.ts';
import { describeConcerned, nameTarget } from '../../core/words/pauses.ts';
import { type Action, defineAction } from '../action.ts';
import { id } from '../resource.ts';

/** What can be held back: where its page is, and where one goes afterwards. */
interface Kind<Shape extends z.ZodObject> {
  readonly way: string;
  readonly input: Shape;
  readonly example: Readonly<Record<string, string>>;
  readonly location: (input: z.output<Shape>) => string;
  readonly target: (input: z.output<Shape>) => PauseTarget;
}

const JOB = kind({
  way: '/jobs/:job',
  input: z.strictObject({ job: id }),
  example: { job: '1' },
  location: ({ job }) => `/jobs/${job}`,
  target: ({ job }) => ({ scope: 'job', name: String(job) }),
});
const TYPE = kind({
  way: '/task-types/:type',
  input: z.strictObject({ type: z.string().max(100) }),
  example: { type: 'null' },
  location: () => '/task-types',
  target: ({ type }) => ({ scope: 'type', name: type }),
});
const ALL = kind({
  way: '/queue',
  input: z.strictObject({}),
  example: {},
  location: () => '/queue',
  target: () => ({ scope: 'all', name: '' }),
});

export const pauses: readonly Action[] = [JOB, TYPE, ALL].flat();

function kind<Shape extends z.ZodObject>(one: Kind<Shape>): Action[] {
  return [pausing(one), resuming(one)];
}

function pausing<Shape extends z.ZodObject>({ way, input, example, location, target }: Kind<Shape>): Action {
  return defineAction({
    path: `${way}/pause`,
    summary: 'Start nothing new; what runs goes on to its end',
    verb: 'Pause',
    ...{ input, example },
    title: (given) => `Pause ${nameTarget(target(given))}`,
    async plan({ installation }, given) {
      const concerned = await planPause(installation, target(given));
      return {
        gist: `${nameTarget(target(given))} would be paused: ${describeConcerned(concerned)}.`,
        details: ['What runs goes on to its end.'],
        data: { ...concerned },
      };
    },
    async perform({ installation }, given, person) {
      const done = await pause(installation, target(given), person);
      const name = nameTarget(target(given));
      return {
        gist: `${name} ${done.changed ? 'is paused' : 'was paused already'}: ${plural(done.recalled, 'task')} taken back from the queue.`,
        location: location(given),
        data: { ...done },
      };
    },
  });
}

function resuming<Shape extends z.ZodObject>({ way, input, example, location, target }: Kind<Shape>): Action {
  return defineAction({
    path: `${way}/resume`,
    summary: 'Let go on what was paused',
    verb: 'Resume',
    ...{ input, example },
    title: (given) => `Resume ${nameTarget(target(given))}`,
    async plan({ installation }, given) {
      const { ready } = await planResume(installation, target(given));
      return {
        gist: `${nameTarget(target(given))} would be resumed: ${plural(ready, 'ready task')} may start.`,
        data: { ready },
      };
    },
    async perform({ installation }, given, person) {
      const { changed, ready, still_paused } = await resume(installation, target(given), person);
      const name = nameTarget(target(given));
      const others =
        still_paused.length === 0 ? '' : ` ${plural(still_paused.length, 'other pause')} in force.`;
      return {
        gist: changed
          ? `${name} is resumed: ${plural(ready, 'ready task')} may start.${others}`
          : `${name} was not paused.`,
        location: location(given),
        data: { changed, ready, still_paused },
      };
    },
  });
}
