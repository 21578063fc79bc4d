/** What the machines of an engine have for containers. An engine does not tell of GPUs: they bound nothing here. */
import type { Resources } from '../../../core/model/task-type.ts';
import type { Engine } from './api.ts';

export async function engineCapacity(engine: Engine): Promise<Resources> {
  const { NCPU, MemTotal } = (await engine.info()) as { NCPU: number; MemTotal: number };
  return { cpu: NCPU, gpu: Number.POSITIVE_INFINITY, memory_gb: MemTotal / 1e9 };
}

interface Node {
  readonly Spec?: { readonly Availability?: string };
  readonly Status?: { readonly State?: string };
  readonly Description?: {
    readonly Resources?: { readonly NanoCPUs?: number; readonly MemoryBytes?: number };
  };
}

/** Of the nodes that take tasks. */
export async function swarmCapacity(engine: Engine): Promise<Resources> {
  const nodes = (await engine.listNodes()) as readonly Node[];
  const taking = nodes.filter(
    ({ Spec, Status }) => Spec?.Availability === 'active' && Status?.State === 'ready',
  );
  const sum = (key: 'NanoCPUs' | 'MemoryBytes') =>
    taking.reduce((total, { Description }) => total + (Description?.Resources?.[key] ?? 0), 0);
  return {
    cpu: sum('NanoCPUs') / 1e9,
    gpu: Number.POSITIVE_INFINITY,
    memory_gb: sum('MemoryBytes') / 1e9,
  };
}
