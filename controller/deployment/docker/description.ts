/**
 * What is kept of a service in a label of each of its containers: its description, so that more of the same can be made from it
 * without whoever wrote it. In place of secrets it holds fingerprints; they are slow to compute, so that whoever may read
 * labels cannot find a poor password by guessing.
 */
import { createHash, scryptSync } from 'node:crypto';
import { EaselError } from '../../../core/model/errors.ts';
import type { SecretFile, Service } from '../service.ts';

/** A secret file that the engine keeps already. */
interface KeptSecret {
  readonly path: string;
  readonly fingerprint: string;
}

/** Replicas are not part of it. */
export interface Description extends Omit<Service, 'secrets' | 'replicas'> {
  readonly secrets: readonly KeptSecret[];
}

/** Names stand in the engine's names, behind `easel-12345678-`, and these may have 63 characters. */
const SERVICE_NAME = /^[a-z](?:[a-z0-9-]{0,46}[a-z0-9])?$/;

export function describeService(deployment: string, service: Service): Description {
  const { replicas: _replicas, secrets, ...rest } = service;
  if (!SERVICE_NAME.test(service.name))
    throw new EaselError(
      'settings',
      `'${service.name}' cannot be the name of a service: at most 48 lower-case letters, digits and -, a letter first`,
    );
  const claim = service.mounts.find(({ kind }) => kind === 'claim');
  if (claim !== undefined)
    throw new EaselError(
      'settings',
      `${service.name}: ${claim.target} is to come from the claim ${claim.source}, which only Kubernetes knows: name a directory or a volume in settings.yaml (containers.input_area, containers.output_area)`,
    );
  return {
    ...rest,
    secrets: secrets.map((secret) => ({
      path: secret.path,
      fingerprint: fingerprint(deployment, service, secret),
    })),
  };
}

/** Of an image of ours the id counts too, for what its name means may have changed; and the network, which settings name. */
export function revisionOf(
  description: Description,
  { imageId, network }: { imageId: string; network: string },
): string {
  const image = description.image_kind === 'own' ? imageId : '';
  return sha256([writeDescription(description), image, network].join('\n'));
}

/** One text for one description, whatever the order of its keys. */
export function writeDescription(description: Description): string {
  return JSON.stringify(description, (_key, value: unknown) =>
    isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  );
}

/** Of what writeDescription wrote. */
export function readDescription(text: string): Description {
  return JSON.parse(text) as Description;
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fingerprint(deployment: string, { name }: Service, { path, content }: SecretFile): string {
  return scryptSync(content, `${deployment}\n${name}\n${path}`, 16).toString('hex');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
