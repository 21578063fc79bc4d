/** That workers do not fit where they are to run, and what to do. */
import { type Misfit, type ResourceKind, SUPERVISOR_MEMORY_GB } from '../model/fit.ts';
import { formatCount, plural } from './format.ts';

export function explainMisfit(misfit: Misfit): string {
  const { workerClass, kind, type, perTask, needed, there, isLimited, slots, slotsThatFit } = misfit;
  const has = `this ${isLimited ? 'container' : 'machine'} has ${amount(kind, there)}`;
  const own = kind === 'memory_gb' ? `, the worker itself ${amount(kind, SUPERVISOR_MEMORY_GB)}` : '';
  const most = `task type "${type}" needs ${amount(kind, perTask)}${own}, and ${has}`;
  if (slotsThatFit === 0)
    return `a worker of class "${workerClass}" does not fit: ${most}. ${MORE}, or lower the type's \`resources\` in the registry.`;
  const sum = `${plural(slots, 'slot')} of class "${workerClass}" do not fit: together they need ${amount(kind, needed)}`;
  return `${sum} (${most}). Start it with \`--slots ${slotsThatFit}\`, or ${MORE.toLowerCase()}.`;
}

const MORE = 'Give it a larger machine, or its container a higher limit';

function amount(kind: ResourceKind, value: number): string {
  const number = formatCount(value);
  if (kind === 'memory_gb') return `${number} GB`;
  const noun = kind === 'cpu' ? 'core' : 'GPU';
  return `${number} ${noun}${value === 1 ? '' : 's'}`;
}
