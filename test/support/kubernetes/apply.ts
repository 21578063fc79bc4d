/** Changes of objects as an API server makes them: JSON merge patch, and the part of server-side apply that one manager needs. */
import type { Wire } from './schema.ts';

export function merged(before: Wire, change: Wire): Wire {
  if (!isMap(change)) return structuredClone(change);
  const next: Wire = isMap(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete next[key];
    else next[key] = merged(next[key], value);
  }
  return next;
}

/**
 * What is applied now is so; what was applied before and is not now goes, unless somebody else has set it; all else stays. Items of
 * lists are the same when their key is.
 */
export function withApplied(before: Wire, applied: Wire, now: Wire): Wire {
  if (Array.isArray(now)) return listWithApplied(before, applied, now);
  if (!isMap(now)) return structuredClone(now);
  const next: Wire = isMap(before) ? { ...before } : {};
  for (const key of Object.keys(isMap(applied) ? applied : {})) if (!(key in now)) delete next[key];
  for (const [key, value] of Object.entries(now))
    next[key] = withApplied(next[key], isMap(applied) ? applied[key] : undefined, value);
  return next;
}

const KEYS = ['mountPath', 'containerPort', 'name'];

function listWithApplied(before: Wire, applied: Wire, now: Wire[]): Wire[] {
  const key = KEYS.find((name) => now.every((item) => isMap(item) && name in item));
  if (key === undefined || now.length === 0) return structuredClone(now);
  const find = (list: Wire, item: Wire) =>
    (Array.isArray(list) ? list : []).find((held: Wire) => held?.[key] === item[key]);
  return now.map((item) => withApplied(find(before, item), find(applied, item), item));
}

function isMap(value: Wire): boolean {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
