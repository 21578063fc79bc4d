/** What a service is in Kubernetes: valid by the schemas of the API, without rights, and without a secret in any text. */
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { manifestsOf } from '../../controller/deployment/kubernetes/manifests.ts';
import { place } from '../../controller/deployment/kubernetes/placed.ts';
import { asYaml, printManifests } from '../../controller/deployment/kubernetes/print.ts';
import { LABELS } from '../../controller/deployment/orchestrator.ts';
import type { Service } from '../../controller/deployment/service.ts';
import { problemsOf, type Wire } from '../support/kubernetes/schema.ts';
import {
  broker,
  DEPLOYMENT,
  database,
  PASSWORD,
  scheduler,
  web,
  worker,
} from '../support/kubernetes/services.ts';

const settings = {
  namespace: 'easel',
  storage_gb: 20,
  storage_class: 'fast',
  image_pull_secrets: ['registry'],
};
const published = { container: 8380, published: { address: '0.0.0.0', port: 30_380 } };
const SERVICES: Record<string, Service> = {
  worker: worker(),
  scheduler: scheduler(),
  web: web(),
  'published web': web({ ports: [published] }),
  database: database(),
  broker: broker(),
  'published broker': broker({
    ports: [{ container: 5672, published: { address: '10.0.0.1', port: 5672 } }],
  }),
  'worker on directories': worker({
    mounts: [{ source: '/srv/archive', kind: 'directory', target: '/data/input', readOnly: true }],
    health: null,
    secrets: [],
    arguments: [],
  }),
};

/** All objects of a service as they are on the wire. */
function wireOf(service: Service): Wire[] {
  const { claims, secret, surroundings, workload } = manifestsOf(place(DEPLOYMENT, service, settings));
  const objects = [...claims, ...(secret === null ? [] : [secret]), ...surroundings, workload];
  return objects.map((object) => parseAllDocuments(asYaml(object))[0]?.toJS());
}

function only(service: Service, kind: string): Wire {
  return wireOf(service).find((object) => object.kind === kind);
}

const podOf = (service: Service): Wire => wireOf(service).at(-1).spec.template.spec;

describe.each(Object.entries(SERVICES))('%s', (_name, service) => {
  test('every object is valid, named and labelled as ours', () => {
    for (const object of wireOf(service)) {
      expect({ kind: object.kind, problems: problemsOf(object) }).toEqual({
        kind: object.kind,
        problems: [],
      });
      expect(object.metadata.labels).toMatchObject({
        [LABELS.deployment]: DEPLOYMENT,
        [LABELS.service]: service.name,
        [LABELS.role]: service.role,
        'app.kubernetes.io/name': 'easel',
        'app.kubernetes.io/instance': 'easel-1a2b3c4d',
        'app.kubernetes.io/managed-by': 'easel',
      });
      const { name } = object.metadata;
      expect(name === service.name || name.startsWith(`easel-1a2b3c4d-`)).toBe(true);
    }
  });

  test('pods have no rights, and exactly what was asked for', () => {
    const pod = podOf(service);
    const own = service.image_kind === 'own';
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 45,
      imagePullSecrets: [{ name: 'registry' }],
      securityContext: {
        runAsNonRoot: true,
        runAsUser: own ? 10_001 : 999,
        runAsGroup: own ? 10_001 : 999,
        fsGroup: own ? 10_001 : 999,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    const [container] = pod.containers;
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: own,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.resources.requests).toEqual(container.resources.limits);
    const image = container.env.find(({ name }: Wire) => name === 'EASEL_IMAGE');
    expect(image).toEqual(own ? { name: 'EASEL_IMAGE', value: service.image } : undefined);
  });

  test('no printed text holds a secret', () => {
    const text = printManifests(DEPLOYMENT, [service], settings);
    for (const { content } of service.secrets) {
      expect(text).not.toContain(content);
      expect(text).not.toContain(PASSWORD);
      expect(text).not.toContain(Buffer.from(content).toString('base64'));
      const secret = only(service, 'Secret');
      for (const command of ['create secret generic', 'label secret'])
        expect(text).toContain(`# kubectl ${command} ${secret.metadata.name} --namespace easel `);
    }
    const printed = parseAllDocuments(text)
      .map((document) => document.toJS() as Wire)
      .filter((object) => object !== null);
    expect(printed.map(({ kind }) => kind)).not.toContain('Secret');
    expect(printed.map(({ metadata }) => metadata.namespace)).toEqual(printed.map(() => 'easel'));
    expect(printed.flatMap(problemsOf)).toEqual([]);
  });
});

test('a worker: two cores, a GPU, replaced one by one', () => {
  expect(only(worker(), 'Deployment').spec).toMatchObject({
    replicas: 2,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
  });
  const [container] = podOf(worker()).containers;
  expect(container.resources.limits).toEqual({ cpu: '2000m', memory: '4000M', 'nvidia.com/gpu': '1' });
  expect(podOf(scheduler()).containers[0].resources.limits).toEqual({ cpu: '500m', memory: '500M' });
  expect(container.args).toEqual(['work', '--class', 'default']);
  expect(container.startupProbe).toEqual({
    exec: { command: ['healthy'] },
    periodSeconds: 10,
    timeoutSeconds: 5,
    failureThreshold: 5,
  });
  expect(container.livenessProbe).toMatchObject({ exec: { command: ['healthy'] }, failureThreshold: 3 });
  expect(container.readinessProbe).toBeUndefined();
  expect(only(worker(), 'PodDisruptionBudget').spec.maxUnavailable).toBe(1);
});

test('secrets are files that only the process reads, under a name that follows their content', () => {
  const pod = podOf(worker());
  const { name } = only(worker(), 'Secret').metadata;
  expect(name).toMatch(/^easel-1a2b3c4d-worker-default-[0-9a-f]{10}$/);
  expect(pod.volumes).toContainEqual({ name: 'secrets', secret: { secretName: name, defaultMode: 0o440 } });
  expect(pod.containers[0].volumeMounts).toContainEqual({
    name: 'secrets',
    mountPath: '/run/easel/settings.yaml',
    subPath: 'run_easel_settings.yaml',
    readOnly: true,
  });
  expect(pod.volumes).toContainEqual({
    name: 'tmp',
    emptyDir: { medium: 'Memory', sizeLimit: '64Mi' },
  });
  const other = worker({ secrets: [{ path: '/run/easel/settings.yaml', content: 'other' }] });
  expect(only(other, 'Secret').metadata.name).not.toBe(name);
  const texts = wireOf(worker())
    .filter(({ kind }) => kind !== 'Secret')
    .map((object) => JSON.stringify(object));
  expect(texts.filter((text) => text.includes(PASSWORD))).toEqual([]);
});

test('the revision follows the description, not the replicas nor the order of keys', () => {
  const of = (service: Service): string =>
    only(service, 'Deployment').spec.template.metadata.annotations[LABELS.revision];
  expect(of(worker())).toMatch(/^[0-9a-f]{64}$/);
  expect(of(worker({ replicas: 9 }))).toBe(of(worker()));
  expect(of(worker({ environment: { A: '1', B: '2' } }))).toBe(
    of(worker({ environment: { B: '2', A: '1' } })),
  );
  for (const change of [{ image: 'easel/default:0.1.1' }, { secrets: [] }, { stopSeconds: 46 }])
    expect(of(worker(change))).not.toBe(of(worker()));
});

test('database and broker have a name and a disk of their own, and answer the deployment only', () => {
  for (const service of [database(), broker()]) {
    expect(wireOf(service).map(({ kind }) => kind)).toEqual([
      ...['PersistentVolumeClaim', 'Secret', 'Service', 'NetworkPolicy', 'StatefulSet'],
    ]);
    const claim = only(service, 'PersistentVolumeClaim');
    expect(claim.metadata.name).toBe(`easel-1a2b3c4d-${service.name}`);
    expect(claim.spec).toEqual({
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'fast',
      resources: { requests: { storage: '20G' } },
    });
    expect(only(service, 'Service')).toMatchObject({
      metadata: { name: service.name },
      spec: { clusterIP: 'None' },
    });
    expect(only(service, 'StatefulSet').spec.serviceName).toBe(service.name);
    expect(only(service, 'NetworkPolicy').spec.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: { [LABELS.deployment]: DEPLOYMENT } } }] },
    ]);
    const [mount] = podOf(service).containers[0].volumeMounts;
    expect(mount.subPath).toBe('data');
  }
});

test('the dashboard is asked by HTTP, and is outside only where it is published elsewhere than on the machine', () => {
  const [container] = podOf(web()).containers;
  expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 8380 });
  expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 8380 });
  const services = (service: Service) =>
    wireOf(service)
      .filter(({ kind }) => kind === 'Service')
      .map(({ metadata, spec }) => [metadata.name, spec.type, spec.ports[0].port]);
  const inner = ['web', 'ClusterIP', 8380];
  expect(services(web())).toEqual([inner]);
  expect(services(web({ ports: [published] }))).toEqual([inner, ['easel-1a2b3c4d-web', 'NodePort', 30_380]]);
  const balanced = { container: 8380, published: { address: '0.0.0.0', port: 80 } };
  expect(services(web({ ports: [balanced] }))).toEqual([inner, ['easel-1a2b3c4d-web', 'LoadBalancer', 80]]);
});

test('an image is asked for again at each start only if a registry may have moved its tag', () => {
  const policy = (image: string) => podOf(worker({ image })).containers[0].imagePullPolicy;
  expect(policy('easel/default:0.1.0')).toBe('IfNotPresent');
  expect(policy('mariadb:11.4')).toBe('IfNotPresent');
  expect(policy('registry.example/easel/default:0.1.0')).toBe('Always');
  expect(policy('localhost:5000/easel/default')).toBe('Always');
  expect(policy(`registry.example/easel/default@sha256:${'0'.repeat(64)}`)).toBe('IfNotPresent');
});

test('what cannot be in Kubernetes is refused, saying what to do', () => {
  const mounts = [{ source: 'area', kind: 'volume', target: '/data/input', readOnly: true }] as const;
  expect(() => wireOf(worker({ mounts }))).toThrow(/name a claim \(kind: claim\)/);
  expect(() => wireOf(worker({ workerClass: 'gpu_' }))).toThrow(/"gpu_" cannot be a label/);
  expect(() => wireOf(worker({ name: 'worker_gpu' }))).toThrow(/cannot be a name in Kubernetes/);
  expect(() => wireOf(worker({ name: `worker-${'x'.repeat(60)}` }))).toThrow(/at most 63/);
});

test('the check of the tests finds what is wrong', () => {
  const wrong = (path: string, value: unknown): string => {
    const object: Wire = only(worker(), 'Deployment');
    const keys = path.split('.');
    const last = String(keys.pop());
    keys.reduce((at, key) => at[key], object)[last] = value;
    return problemsOf(object).join(' ');
  };
  const pod = 'spec.template.spec';
  expect(wrong(`${pod}.securityContexts`, {})).toBe(`unknown field .${pod}.securityContexts`);
  expect(wrong(`${pod}.containers.0.resource`, {})).toBe(`unknown field .${pod}.containers.0.resource`);
  expect(wrong('spec.replicas', '2')).toContain('replicas');
  expect(wrong('spec.selector', undefined)).toContain('selector');
  expect(wrong('spec.selector.matchLabels.x', 'y')).toContain('does not match template labels: x');
  expect(wrong('metadata.name', 'No_name')).toContain('metadata.name');
  expect(wrong('metadata.labels.x', 'y'.repeat(64))).toContain('metadata.labels');
  expect(wrong(`${pod}.volumes`, [])).toContain('no volume tmp');
  expect(problemsOf({ apiVersion: 'v2', kind: 'Pod' })).toEqual(['no kind Pod in v2']);
});
