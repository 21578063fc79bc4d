/**
 * How objects of a deployment are named and labelled in Kubernetes. Found by labels; names only keep two deployments of one
 * namespace apart, but for the Service by which the others of the deployment find a service: that one has the service's own name.
 * What does not fit a label (a revision has 64 characters, a label 63) is an annotation.
 */
import { EaselError } from '../../../core/model/errors.ts';
import { LABELS } from '../orchestrator.ts';
import type { Placed } from './placed.ts';

/** Who owns the fields that we apply. */
export const FIELD_MANAGER = 'easel';

export const ANNOTATIONS = {
  revision: LABELS.revision,
  /** The service's limits as JSON. */
  limits: 'org.easel.limits',
  /** When `restart` was asked for: another value, other pods. */
  restarted: 'org.easel.restarted-at',
} as const;

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^[a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;
const TAG = /^[^@]*:([^:/@]+)(?:@.*)?$/;

/** The name of all of the deployment's objects together. */
export function instanceName(deployment: string): string {
  return dnsLabel(`easel-${deployment.slice(0, 8).toLowerCase()}`);
}

export function objectName(deployment: string, name: string): string {
  return dnsLabel(`${instanceName(deployment)}-${name}`);
}

export function dnsLabel(name: string): string {
  if (DNS_LABEL.test(name)) return name;
  throw new EaselError(
    'settings',
    `"${name}" cannot be a name in Kubernetes: at most 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit; rename the worker class or volume it comes from`,
  );
}

/** By these the deployment, or one of its services, is found. */
export function selectorOf(deployment: string, service?: string): Record<string, string> {
  return {
    [LABELS.deployment]: labelValue(deployment),
    ...(service === undefined ? {} : { [LABELS.service]: service }),
  };
}

export function labelsOf({ deployment, service }: Placed): Record<string, string> {
  const version = TAG.exec(service.image)?.[1];
  return {
    ...selectorOf(deployment, dnsLabel(service.name)),
    [LABELS.role]: service.role,
    ...(service.workerClass === null ? {} : { [LABELS.workerClass]: labelValue(service.workerClass) }),
    'app.kubernetes.io/name': 'easel',
    'app.kubernetes.io/instance': instanceName(deployment),
    'app.kubernetes.io/component': service.role,
    'app.kubernetes.io/managed-by': FIELD_MANAGER,
    ...(version !== undefined && LABEL_VALUE.test(version) ? { 'app.kubernetes.io/version': version } : {}),
  };
}

function labelValue(value: string): string {
  if (LABEL_VALUE.test(value)) return value;
  throw new EaselError(
    'settings',
    `"${value}" cannot be a label in Kubernetes: at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or digit; rename the worker class`,
  );
}
