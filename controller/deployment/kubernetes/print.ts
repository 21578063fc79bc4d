/**
 * The same objects as text, for those who keep what runs in a repository (`kubectl apply --server-side -f`). Secrets are shown as
 * comments without their content: text that can be committed, and that overwrites no Secret with a placeholder.
 */
import type { V1Secret } from '@kubernetes/client-node';
import { stringify } from 'yaml';
import type { ContainerSettings } from '../../../core/runtime/settings.ts';
import type { SecretFile, Service } from '../service.ts';
import { manifestsOf } from './manifests.ts';
import { place } from './placed.ts';
import { keyOf } from './secret.ts';
import { foreignClaims } from './volumes.ts';

export function printManifests(
  deployment: string,
  services: readonly Service[],
  settings: ContainerSettings['kubernetes'],
): string {
  const { namespace } = settings;
  const claims = [...new Set(services.flatMap((service) => foreignClaims(service)).map(({ name }) => name))];
  const documents = services.flatMap((service) => {
    const {
      claims: made,
      secret,
      surroundings,
      workload,
    } = manifestsOf(place(deployment, service, settings));
    return [
      ...(secret === null ? [] : [secretAsComment(secret, service.secrets, namespace)]),
      ...[...made, ...surroundings, workload].map((object) => asYaml(within(namespace, object))),
    ];
  });
  return [heading(namespace, claims), ...documents].join('---\n');
}

function heading(namespace: string, claims: readonly string[]): string {
  const needed = claims.length === 0 ? '' : `, and the claims ${claims.join(', ')}`;
  return [
    `# Made by easel deploy --print. The namespace ${namespace} must exist${needed}.`,
    `# kubectl apply --server-side --field-manager easel -f FILE`,
    '',
  ].join('\n');
}

function secretAsComment(secret: V1Secret, files: readonly SecretFile[], namespace: string): string {
  const name = String(secret.metadata?.name);
  const keys = files.map((file) => `--from-file=${keyOf(file)}=FILE`);
  const labels = Object.entries(secret.metadata?.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  const data = Object.fromEntries(files.map((file) => [keyOf(file), `<base64 of ${file.path}>`]));
  const shown = asYaml(within(namespace, { ...secret, data }));
  return [
    'The content of this Secret is not printed. Make it first, each FILE holding what the path says:',
    `kubectl create secret generic ${name} --namespace ${namespace} ${keys.join(' ')}`,
    `kubectl label secret ${name} --namespace ${namespace} ${labels.join(' ')}`,
    ...shown.trimEnd().split('\n'),
  ]
    .map((line) => `# ${line}\n`)
    .join('');
}

function within<T extends { metadata?: object }>(namespace: string, object: T): T {
  return { ...object, metadata: { namespace, ...object.metadata } };
}

/** What the client's types call `_from`, being a word of languages, is `from` in the API. */
export function asYaml(object: object): string {
  return stringify(
    object,
    (_key: unknown, value: unknown) =>
      value !== null && typeof value === 'object' && '_from' in value
        ? Object.fromEntries(
            Object.entries(value).map(([name, held]) => [name === '_from' ? 'from' : name, held]),
          )
        : value,
    { aliasDuplicateObjects: false, lineWidth: 0 },
  );
}
