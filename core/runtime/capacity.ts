/** What this machine, or this container, has for workers: cores, memory, GPUs. */
import { readdirSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Capacity } from '../model/fit.ts';
import { readGroupFile } from './control-group.ts';

export function readCapacity(environment: NodeJS.ProcessEnv): Capacity {
  const limit = memoryLimit();
  // The kernel counts in pages, and cuts a limit down to whole ones: what is told is rounded up to megabytes.
  const megabytes = Math.ceil((limit ?? totalmem()) / 1e6);
  return {
    cpu: readCores(),
    gpu: countGpus(environment),
    memory_gb: megabytes / 1_000,
    isLimited: limit !== undefined,
  };
}

/** In bytes; undefined unless it is less than the machine has. */
export function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/** Node tells whole cores only; a container may have one and a half. */
function readCores(): number {
  const quota = readCpuQuota();
  return quota === undefined ? availableParallelism() : Math.min(quota, cpus().length);
}

function readCpuQuota(): number | undefined {
  const both = readGroupFile({ controller: 'cpu', second: 'cpu.max', first: 'cpu.cfs_quota_us' });
  const [quota, period] = (both ?? '').split(' ');
  const microseconds = period ?? readGroupFile(PERIOD);
  const cores = Number(quota) / Number(microseconds);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}

const PERIOD = { controller: 'cpu', second: 'cpu.max', first: 'cpu.cfs_period_us' } as const;

/** As the variables say that engines set; all devices where they say nothing, or `all`. */
function countGpus({ CUDA_VISIBLE_DEVICES, NVIDIA_VISIBLE_DEVICES }: NodeJS.ProcessEnv): number {
  const visible = CUDA_VISIBLE_DEVICES ?? NVIDIA_VISIBLE_DEVICES;
  if (visible === undefined || visible === 'all') return countDevices();
  if (NO_DEVICES.has(visible)) return 0;
  return visible.split(',').filter((each) => each.trim() !== '').length;
}

const NO_DEVICES: ReadonlySet<string> = new Set(['', '-1', 'none', 'void', 'NoDevFiles']);

function countDevices(): number {
  try {
    return readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}
