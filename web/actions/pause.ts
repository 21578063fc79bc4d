/** Holding back a job, a task type or everything, and letting it go on. */
import { z } from 'zod';
import { describePaused, describePlannedPause, pause, planPause } from '../../core/actions/pause.ts';
import { describePlannedResume, describeResumed, planResume, resume } from '../../core/actions/resume.ts';
import type { PauseTarget } from '../../core/store/pauses.ts';
import { plural } from '../../core/words/format.ts';
import { textOf } from '../../core/words/line.ts';
import { nameTarget } from '../../core/words/pauses.ts';
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
        gist: describePlannedPause(target(given), concerned),
        details: ['What runs goes on to its end.'],
        data: { ...concerned },
      };
    },
    async perform({ installation }, given, person) {
      const done = await pause(installation, target(given), person);
      return {
        gist: textOf(describePaused(target(given), done)),
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
      const planned = await planResume(installation, target(given));
      return { gist: describePlannedResume(target(given), planned), data: { ...planned } };
    },
    async perform({ installation }, given, person) {
      const done = await resume(installation, target(given), person);
      const others = done.still_paused.length;
      const besides = others === 0 ? '' : `; ${plural(others, 'other pause')} in force`;
      return {
        gist: `${textOf(describeResumed(target(given), done))}${besides}`,
        location: location(given),
        data: { ...done },
      };
    },
  });
}
