/** All that can be looked at. */
import type { Resource } from '../resource.ts';
import { activity } from './activity.ts';
import { audit } from './audit.ts';
import { children } from './children.ts';
import { definition } from './definition.ts';
import { errors } from './errors.ts';
import { jobGraph, taskGraph } from './graph.ts';
import { job } from './job.ts';
import { jobs } from './jobs.ts';
import { log } from './log.ts';
import { logs } from './logs.ts';
import { overview } from './overview.ts';
import { passFail } from './pass-fail.ts';
import { product, products } from './products.ts';
import { queue } from './queue.ts';
import { results } from './results.ts';
import { task } from './task.ts';
import { taskTypes } from './task-types.ts';
import { timings } from './timings.ts';
import { version } from './version.ts';
import { workers } from './workers.ts';

export const resources: readonly Resource[] = [
  ...[overview, jobs, job, definition, results, jobGraph],
  ...[task, children, log, taskGraph],
  ...[products, product, version, passFail, errors, logs],
  ...[activity, timings, queue, workers, taskTypes, audit],
];
