/**
 * Where the files of a pod come from: directories of the node, claims, the Secret, and memory for /tmp. Claims of the database and
 * the broker are ours to make; those of the areas are the operator's, because only they know what storage their machines share.
 */
import type { V1PersistentVolumeClaim, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { EaselError } from '../../../core/model/errors.ts';
import type { Mount, Service } from '../service.ts';
import { instanceName, labelsOf, objectName } from './names.ts';
import type { Placed } from './placed.ts';
import { keyOf, secretName } from './secret.ts';

/** Of /tmp in our images; counted to the memory of the container. */
const TMP_SIZE = '64Mi';
/** Owner and group of the process read, nobody writes. */
const SECRET_MODE = 0o440;

export interface Files {
  readonly volumes: V1Volume[];
  readonly volumeMounts: V1VolumeMount[];
}

export function isStateful(service: Service): boolean {
  return service.role === 'database' || service.role === 'broker';
}

export function filesOf(placed: Placed): Files {
  const { service } = placed;
  const files: Files = { volumes: [], volumeMounts: [] };
  for (const [index, mount] of service.mounts.entries()) {
    const name = `mount-${index}`;
    files.volumes.push({ name, ...sourceOf(placed, mount) });
    files.volumeMounts.push({
      name,
      mountPath: mount.target,
      ...(mount.readOnly ? { readOnly: true } : {}),
      // A new disk has a `lost+found` at its root, and a database wants its directory for itself.
      ...(isStateful(service) ? { subPath: 'data' } : {}),
    });
  }
  if (service.secrets.length > 0) {
    files.volumes.push({
      name: 'secrets',
      secret: { secretName: secretName(placed), defaultMode: SECRET_MODE },
    });
    for (const file of service.secrets)
      files.volumeMounts.push({
        name: 'secrets',
        mountPath: file.path,
        subPath: keyOf(file),
        readOnly: true,
      });
  }
  if (service.image_kind === 'own') {
    files.volumes.push({ name: 'tmp', emptyDir: { medium: 'Memory', sizeLimit: TMP_SIZE } });
    files.volumeMounts.push({ name: 'tmp', mountPath: '/tmp' });
  }
  return files;
}

function sourceOf({ deployment, service }: Placed, mount: Mount): Omit<V1Volume, 'name'> {
  if (mount.kind === 'directory') return { hostPath: { path: mount.source, type: 'Directory' } };
  if (isStateful(service))
    return { persistentVolumeClaim: { claimName: madeClaimName(deployment, mount.source) } };
  if (mount.kind === 'claim') return { persistentVolumeClaim: { claimName: mount.source } };
  throw new EaselError(
    'settings',
    `${service.name}: Kubernetes has no volume "${mount.source}" for ${mount.target}; name a claim (kind: claim) or a directory that every node has (kind: directory) in settings.yaml, containers.input_area and containers.output_area`,
  );
}

/** The operator's claims that a service uses, and whether it writes to them. */
export function foreignClaims(service: Service): { name: string; writes: boolean }[] {
  if (isStateful(service)) return [];
  return service.mounts
    .filter(({ kind }) => kind === 'claim')
    .map(({ source, readOnly }) => ({ name: source, writes: !readOnly }));
}

/** To be made when they are not there, and never changed or removed: what they hold outlives deployments. */
export function claimsOf(placed: Placed): V1PersistentVolumeClaim[] {
  const { deployment, service, settings } = placed;
  if (!isStateful(service)) return [];
  return service.mounts
    .filter(({ kind }) => kind !== 'directory')
    .map(({ source }) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: madeClaimName(deployment, source), labels: labelsOf(placed) },
      spec: {
        accessModes: ['ReadWriteOnce'],
        ...(settings.storage_class === undefined ? {} : { storageClassName: settings.storage_class }),
        resources: { requests: { storage: `${Math.ceil(settings.storage_gb)}G` } },
      },
    }));
}

function madeClaimName(deployment: string, source: string): string {
  const prefix = `${instanceName(deployment)}-`;
  return source.startsWith(prefix) ? source : objectName(deployment, source);
}
