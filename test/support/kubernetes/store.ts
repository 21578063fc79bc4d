/**
 * The objects of the fake cluster, by kind and name, as an API server keeps them: with uid, resource version and generation, with
 * defaults filled in, and with what may not be changed refused.
 */
import { isDeepStrictEqual } from 'node:util';
import { merged, withApplied } from './apply.ts';
import { problemsOf, type Wire } from './schema.ts';

export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export class Store {
  readonly #objects = new Map<string, Wire>();
  /** What each object was last applied as, to know what is not said any more. */
  readonly #applied = new Map<string, Wire>();
  #version = 1_000;

  get(kind: string, name: string): Wire | undefined {
    return this.#objects.get(`${kind}/${name}`);
  }

  all(kind: string): Wire[] {
    return [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${kind}/`))
      .map(([, object]) => object);
  }

  create(object: Wire): Wire {
    const { kind, metadata } = object;
    if (this.get(kind, metadata.name) !== undefined)
      throw new Refusal(409, 'AlreadyExists', `${kind} "${metadata.name}" already exists`);
    refuseInvalid(object);
    return this.put(object);
  }

  apply(object: Wire): Wire {
    const key = `${object.kind}/${object.metadata.name}`;
    const before = this.get(object.kind, object.metadata.name);
    const next = before === undefined ? object : withApplied(before, this.#applied.get(key) ?? {}, object);
    this.#change(before, next);
    this.#applied.set(key, structuredClone(object));
    return this.get(object.kind, object.metadata.name);
  }

  /** JSON merge patch. */
  merge(kind: string, name: string, change: Wire): Wire {
    const before = this.get(kind, name);
    if (before === undefined) throw new Refusal(404, 'NotFound', `${kind} "${name}" not found`);
    this.#change(before, merged(before, change));
    return this.get(kind, name);
  }

  #change(before: Wire | undefined, next: Wire): void {
    if (next.kind !== 'Pod') refuseInvalid(next);
    if (before !== undefined) refuseForbiddenChange(before, next);
    this.put(next);
  }

  /** Stores it as it is; a new specification is a new generation, no change at all is no new version. */
  put(object: Wire): Wire {
    const { kind, metadata } = object;
    const before = this.get(kind, metadata.name);
    const next = structuredClone(object);
    fillDefaults(next);
    next.metadata.uid = before?.metadata.uid ?? `uid-${++this.#version}`;
    next.metadata.creationTimestamp = before?.metadata.creationTimestamp ?? new Date().toISOString();
    const generation = before?.metadata.generation ?? 0;
    next.metadata.generation = isDeepStrictEqual(before?.spec, next.spec) ? generation : generation + 1;
    next.metadata.resourceVersion = before?.metadata.resourceVersion;
    if (!isDeepStrictEqual(before, next)) next.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(`${kind}/${metadata.name}`, next);
    return next;
  }

  delete(kind: string, name: string): void {
    this.#objects.delete(`${kind}/${name}`);
    this.#applied.delete(`${kind}/${name}`);
  }
}

function refuseInvalid(object: Wire): void {
  const { status: _status, ...described } = object;
  const problems = problemsOf(described);
  if (problems.length > 0)
    throw new Refusal(
      422,
      'Invalid',
      `${object.kind} "${object.metadata?.name}" is invalid: ${problems.join(', ')}`,
    );
}

function refuseForbiddenChange(before: Wire, next: Wire): void {
  const fixed = {
    Secret: before.immutable === true ? ['data', 'immutable'] : [],
    Deployment: ['spec.selector'],
    StatefulSet: ['spec.selector', 'spec.serviceName', 'spec.podManagementPolicy'],
    PersistentVolumeClaim: ['spec'],
  }[before.kind as string];
  const at = (object: Wire, path: string): Wire => path.split('.').reduce((held, key) => held?.[key], object);
  for (const path of fixed ?? [])
    if (!isDeepStrictEqual(at(before, path), at(next, path)))
      throw new Refusal(422, 'Invalid', `${before.kind} is invalid: ${path}: field is immutable`);
}

/** Some of the many: they must not make an apply of the same look like a change. */
function fillDefaults(object: Wire): void {
  if (object.kind === 'Deployment') object.spec.progressDeadlineSeconds ??= 600;
  const pod = object.spec?.template?.spec;
  if (pod === undefined) return;
  pod.restartPolicy ??= 'Always';
  pod.dnsPolicy ??= 'ClusterFirst';
  for (const container of pod.containers) container.terminationMessagePath ??= '/dev/termination-log';
}
