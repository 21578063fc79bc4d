/** A service as it is to be put into Kubernetes: what all of its objects are made from. */
import { createHash, scryptSync } from 'node:crypto';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import type { Service } from '../service.ts';

export interface Placed {
  readonly deployment: string;
  readonly service: Service;
  readonly settings: ContainerSettings['kubernetes'];
  /**
   * Hexadecimal, of the secret files. It stands for their content in names and revisions, and is a slow one: these can be read by
   * more people than the Secret, and passwords can be guessed.
   */
  readonly secretsDigest: string;
  /** SHA-256 of the description without its replicas. */
  readonly revision: string;
}

export function place(
  deployment: string,
  service: Service,
  settings: ContainerSettings['kubernetes'],
): Placed {
  const { replicas: _replicas, secrets, ...rest } = service;
  const files = secrets.map(({ path, content }) => [path, content]);
  const secretsDigest = scryptSync(JSON.stringify(files), deployment, 32).toString('hex');
  const revision = createHash('sha256')
    .update(JSON.stringify({ ...rest, secretsDigest }, sorted))
    .digest('hex');
  return { deployment, service, settings, secretsDigest, revision };
}

/** For JSON.stringify: keys in one order, so that equal descriptions are equal texts. */
function sorted(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
