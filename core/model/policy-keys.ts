/** The keys that say how often and for how long a task is tried, as the registry and the settings write them. */
import { z } from 'zod';
import { EXIT_CLASSES } from './states.ts';

const count = z.number().int().min(0);
const seconds = z.number().min(0);

export const policyKeys = {
  retries: z.union([count, z.partialRecord(z.enum(EXIT_CLASSES), count)]).optional(),
  retry_delay: seconds.optional(),
  timeout: z
    .union([seconds, z.strictObject({ queue: seconds.optional(), run: seconds.optional() })])
    .optional(),
};

export type PolicyKey = keyof typeof policyKeys;
/** What a type of the registry, or the settings, say. */
export type PolicyDefaults = { readonly [K in PolicyKey]?: unknown };

/** A type may also name a class of workers with more memory. */
export type TypePolicy = PolicyDefaults & {
  readonly after_oom?: { readonly worker_class: string } | undefined;
};

export type InstallationPolicy = PolicyDefaults & { readonly max_lost: number };
