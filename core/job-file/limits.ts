/** How large a job file may be. Each limit is named in the error of the file that passes it. */
import { z } from 'zod';

const MEBIBYTE = 1024 * 1024;

const limit = (value: number, description: string) =>
  z.number().int().positive().default(value).describe(description);

export const limitsSchema = z.strictObject({
  max_file_bytes: limit(16 * MEBIBYTE, 'size of a job file, also after YAML aliases are filled in'),
  max_yaml_bytes: limit(MEBIBYTE, 'size of a YAML job file, which takes far longer to read than JSON'),
  max_depth: limit(64, 'how deep task lists may stand in one another'),
  max_json_depth: limit(200, 'how deep lists and objects of any kind may stand in one another'),
  max_tasks: limit(200_000, 'tasks written in a file, loops not multiplied'),
  max_list: limit(10_000, 'tasks in one task list'),
  max_loop_count: limit(10_000_000, 'iterations of one for loop'),
  max_string: limit(MEBIBYTE, 'characters of one string'),
  max_aliases: limit(10_000, 'values that YAML aliases bring in'),
});

export type Limits = z.infer<typeof limitsSchema>;

/** Throws ZodError when a limit is unknown or not a positive whole number. */
export function withDefaults(limits: Partial<Limits> = {}): Limits {
  return limitsSchema.parse(limits);
}
