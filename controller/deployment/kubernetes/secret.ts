/**
 * The secret files of a service as one Secret of Kubernetes. Its name ends with a digest of what is in it: other content is another
 * Secret, so pods are replaced, and those that still run keep theirs.
 */
import type { V1Secret } from '@kubernetes/client-node';
import type { SecretFile } from '../service.ts';
import { labelsOf, objectName } from './names.ts';
import type { Placed } from './placed.ts';

const DIGITS = 10;

export function secretOf(placed: Placed): V1Secret | null {
  const { secrets } = placed.service;
  if (secrets.length === 0) return null;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName(placed), labels: labelsOf(placed) },
    type: 'Opaque',
    immutable: true,
    data: Object.fromEntries(
      secrets.map((file) => [keyOf(file), Buffer.from(file.content).toString('base64')]),
    ),
  };
}

export function secretName({ deployment, service, secretsDigest }: Placed): string {
  return objectName(deployment, `${service.name}-${secretsDigest.slice(0, DIGITS)}`);
}

/** The file's path as a key of a Secret. */
export function keyOf({ path }: SecretFile): string {
  return path.slice(1).replaceAll(/[^-._a-zA-Z0-9]/g, '_');
}
