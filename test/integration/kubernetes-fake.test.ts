/** The fake API server refuses what a real one refuses; without that, tests against it would prove little. */
import { expect, test } from 'vitest';
import { manifestsOf } from '../../controller/deployment/kubernetes/manifests.ts';
import { place } from '../../controller/deployment/kubernetes/placed.ts';
import type { Wire } from '../support/kubernetes/schema.ts';
import { DEPLOYMENT, worker } from '../support/kubernetes/services.ts';
import { KubernetesStage } from '../support/kubernetes/stage.ts';

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';

test('wrong kinds, names, fields, patches, users and changes', async () => {
  await using stage = await KubernetesStage.open();
  const settings = { namespace: 'easel', storage_gb: 1, image_pull_secrets: [] };
  const { workload, secret } = manifestsOf(place(DEPLOYMENT, worker(), settings));
  const described = (object: unknown): Wire => {
    const copy: Wire = structuredClone(object);
    copy.metadata.namespace = 'easel';
    return copy;
  };
  const ask = async (
    method: string,
    path: string,
    { body, type = APPLY, token = 'token of the tests' }: { body?: Wire; type?: string; token?: string } = {},
  ): Promise<string> => {
    const response = await fetch(`${stage.server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { reason } = (await response.json()) as { reason?: string };
    return response.ok ? 'ok' : `${response.status} ${reason}`;
  };
  const at = (kind: string, name: string, manager = '?fieldManager=easel') =>
    `/${kind === 'secrets' ? 'api' : 'apis/apps'}/v1/namespaces/easel/${kind}/${name}${manager}`;
  const deployment = described(workload);
  const path = at('deployments', deployment.metadata.name);
  const changed = (change: (object: Wire) => void): { body: Wire } => {
    const body = described(workload);
    change(body);
    return { body };
  };

  expect(await ask('GET', '/api/v1/namespaces/easel/widgets')).toBe('404 NotFound');
  expect(await ask('GET', '/api/v1/namespaces/other/pods')).toBe('404 NotFound');
  expect(await ask('GET', path, { token: 'wrong' })).toBe('401 Unauthorized');
  expect(await ask('GET', path)).toBe('404 NotFound');
  expect(await ask('PATCH', path, { body: { spec: {} }, type: MERGE })).toBe('400 BadRequest');
  expect(await ask('PATCH', path, { body: deployment, type: MERGE })).toBe('404 NotFound');
  expect(await ask('PATCH', path, { body: deployment, type: 'application/json' })).toBe(
    '415 UnsupportedMediaType',
  );
  expect(await ask('PATCH', at('deployments', deployment.metadata.name, ''), { body: deployment })).toBe(
    '422 Invalid',
  );
  const unknown = changed((object) => Object.assign(object.spec, { replica: 3 }));
  expect(await ask('PATCH', path, unknown)).toBe('422 Invalid');
  const named = changed((object) => Object.assign(object.metadata, { name: 'Name_' }));
  expect(await ask('PATCH', at('deployments', 'Name_'), named)).toBe('422 Invalid');
  expect(stage.objects.filter((name) => !name.startsWith('PersistentVolumeClaim'))).toEqual([]);

  expect(await ask('PATCH', path, { body: deployment })).toBe('ok');
  const elsewhere = changed((object) => {
    object.spec.selector.matchLabels = { a: 'b' };
    object.spec.template.metadata.labels = { a: 'b' };
  });
  expect(await ask('PATCH', path, elsewhere)).toBe('422 Invalid');
  expect(await ask('PUT', path, { body: deployment })).toBe('405 MethodNotAllowed');
  const kept = described(secret);
  const secretPath = at('secrets', kept.metadata.name);
  expect(await ask('PATCH', secretPath, { body: kept })).toBe('ok');
  expect(await ask('PATCH', secretPath, { body: { ...kept, data: {} } })).toBe('422 Invalid');
  expect(await ask('POST', '/api/v1/namespaces/easel/secrets', { body: kept })).toBe('409 AlreadyExists');
});
