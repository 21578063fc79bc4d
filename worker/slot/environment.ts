/**
 * The environment of tasks: a short list of names that programs need, and nothing else of the worker's own.
 * Database and queue addresses are in the worker's environment, so a name that sounds like a credential never
 * passes, even when the operator asked for it.
 */

const PASSED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'LD_LIBRARY_PATH',
  'PYTHONPATH',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'CUDA_VISIBLE_DEVICES',
  'NVIDIA_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
]);

export type Environment = { [name: string]: string };

/** `extra`: further names that the operator lets through. */
export function cleanEnvironment(source: NodeJS.ProcessEnv, extra: readonly string[] = []): Environment {
  const clean: Environment = {};
  for (const [name, value] of Object.entries(source)) {
    const passes = PASSED.has(name) || name.startsWith('LC_') || extra.includes(name);
    if (value !== undefined && passes && !isSecret(name)) clean[name] = value;
  }
  return clean;
}

function isSecret(name: string): boolean {
  return /^EASEL_/i.test(name) || /URL|PASSWORD|PASSWD|TOKEN|SECRET|CREDENTIAL/i.test(name);
}
