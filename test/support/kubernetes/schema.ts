/**
 * What an API server would say about an object before it stores it: the schemas of Kubernetes (types, required fields), unknown
 * fields, and names, labels and references between fields that no schema knows of. The object is as it is on the wire.
 */
import { ObjectSerializer } from '@kubernetes/client-node/dist/gen/models/ObjectSerializer.js';
import { validate as deployment } from 'kubernetes-models/_schemas/IoK8sApiAppsV1Deployment';
import { validate as statefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as claim } from 'kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim';
import { validate as secret } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Secret';
import { validate as service } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as networkPolicy } from 'kubernetes-models/_schemas/IoK8sApiNetworkingV1NetworkPolicy';
import { validate as disruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';

type Validate = ((data: unknown) => boolean) & { errors?: object[] | null };

const KINDS: Record<string, { apiVersion: string; validate: Validate }> = {
  Deployment: { apiVersion: 'apps/v1', validate: deployment },
  StatefulSet: { apiVersion: 'apps/v1', validate: statefulSet },
  PersistentVolumeClaim: { apiVersion: 'v1', validate: claim },
  Secret: { apiVersion: 'v1', validate: secret },
  Service: { apiVersion: 'v1', validate: service },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', validate: networkPolicy },
  PodDisruptionBudget: { apiVersion: 'policy/v1', validate: disruptionBudget },
};

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const SERVICE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9.-]{1,253}\/)?[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;
const LABEL_VALUE = /^([a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)?$/;
const PATH = /^\/.+/;

/** Untyped, because what is looked at may be wrong in any way. */
// biome-ignore lint/suspicious/noExplicitAny: the answer of a parser, walked freely
export type Wire = any;

export function problemsOf(object: Wire): string[] {
  const kind = KINDS[object?.kind];
  if (kind === undefined || kind.apiVersion !== object.apiVersion)
    return [`no kind ${object?.kind} in ${object?.apiVersion}`];
  if (!kind.validate(object)) return (kind.validate.errors ?? []).map((error) => JSON.stringify(error));
  return [
    ...unknownFields(object, throughTypes(object)),
    ...nameProblems(object),
    ...labelProblems(object),
    ...podProblems(object),
    ...secretProblems(object),
  ];
}

function throughTypes(object: Wire): Wire {
  const type = `V1${object.kind}`;
  return ObjectSerializer.serialize(ObjectSerializer.deserialize(object, type, ''), type, '');
}

/** What is lost on the way through the types of the API, field by field. */
function unknownFields(before: Wire, after: Wire, path = ''): string[] {
  if (before === null || typeof before !== 'object') return [];
  return Object.entries(before).flatMap(([key, value]) =>
    after?.[key] === undefined && value !== undefined
      ? [`unknown field ${path}.${key}`]
      : unknownFields(value, after[key], `${path}.${key}`),
  );
}

function nameProblems({ kind, metadata }: Wire): string[] {
  const name = String(metadata?.name);
  const fits = kind === 'Service' ? SERVICE_NAME.test(name) : SUBDOMAIN.test(name) && name.length <= 253;
  return fits ? [] : [`metadata.name: Invalid value: "${name}"`];
}

function labelProblems({ metadata, spec }: Wire): string[] {
  const maps = [metadata?.labels, spec?.selector?.matchLabels, spec?.template?.metadata?.labels];
  return maps
    .flatMap((labels) => Object.entries(labels ?? {}))
    .filter(([key, value]) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(String(value)))
    .map(([key, value]) => `metadata.labels: Invalid value: ${key}=${value}`);
}

function podProblems({ spec }: Wire): string[] {
  const template = spec?.template;
  if (template === undefined) return [];
  const volumes = (template.spec.volumes ?? []).map(({ name }: Wire) => name as string);
  const [container] = template.spec.containers;
  const mounts: Wire[] = container.volumeMounts ?? [];
  const paths = mounts.map(({ mountPath }) => mountPath as string);
  const labels = template.metadata.labels;
  return [
    ...twice(volumes).map((name) => `volumes: Duplicate value: ${name}`),
    ...twice(paths).map((path) => `volumeMounts: must be unique: ${path}`),
    ...twice((container.env ?? []).map(({ name }: Wire) => name)).map((name) => `env twice: ${name}`),
    ...paths.filter((path) => !PATH.test(path)).map((path) => `volumeMounts: not absolute: ${path}`),
    ...mounts.filter(({ name }) => !volumes.includes(name)).map(({ name }) => `no volume ${name}`),
    ...Object.entries(spec.selector.matchLabels)
      .filter(([key, value]) => labels[key] !== value)
      .map(([key]) => `selector does not match template labels: ${key}`),
  ];
}

function secretProblems({ kind, data }: Wire): string[] {
  if (kind !== 'Secret') return [];
  return Object.entries(data ?? {}).flatMap(([key, value]) => [
    ...(/^[-._a-zA-Z0-9]{1,253}$/.test(key) ? [] : [`data: Invalid key: ${key}`]),
    ...(Buffer.from(String(value), 'base64').toString('base64') === value
      ? []
      : [`illegal base64 in ${key}`]),
  ]);
}

function twice(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}
