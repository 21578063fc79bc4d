/** Services in the words of a Docker engine and of a swarm. */
import { describe, expect, test } from 'vitest';
import {
  type ContainerWish,
  containerSpec,
  secretVolumes,
} from '../../controller/deployment/docker/container-spec.ts';
import {
  describeService,
  readDescription,
  revisionOf,
  writeDescription,
} from '../../controller/deployment/docker/description.ts';
import { logLines } from '../../controller/deployment/docker/log-lines.ts';
import { swarmSpec } from '../../controller/deployment/docker/swarm-spec.ts';
import type { Service } from '../../controller/deployment/service.ts';

const SECRET = 'the secret';
const deployment = '0123456789abcdef';
const place = { imageId: 'sha256:aa', network: 'easel-01234567' };

const service: Service = {
  name: 'worker-default',
  role: 'worker',
  workerClass: 'default',
  image: 'easel/default:0.1.0',
  arguments: ['work', '--slots', '2'],
  environment: { NODE_OPTIONS: '--max-old-space-size=200', COLOUR: 'blue' },
  secrets: [
    { path: '/run/easel/settings.yaml', content: SECRET },
    { path: '/run/easel/other', content: SECRET },
    { path: '/etc/third/file', content: SECRET },
  ],
  mounts: [
    { kind: 'directory', source: '/srv/input', target: '/data/input', readOnly: true },
    { kind: 'volume', source: 'results', target: '/data/output', readOnly: false },
  ],
  limits: { cpu: 2.5, gpu: 1, memory_gb: 1.5, pids: 256 },
  ports: [
    { container: 80, published: { address: '127.0.0.1', port: 8380 } },
    { container: 81, published: null },
  ],
  health: { command: ['node', 'healthy.js'], everySeconds: 10, startSeconds: 60 },
  replicas: 3,
  stopSeconds: 40,
  image_kind: 'own',
};

const described = (changes: Partial<Service> = {}) => describeService(deployment, { ...service, ...changes });
const revision = (changes: Partial<Service> = {}, where = place) => revisionOf(described(changes), where);

describe('a description', () => {
  test('is the same whatever the order of its keys, and when it was read again', () => {
    const turned = Object.fromEntries(Object.entries(service).reverse()) as unknown as Service;
    expect(writeDescription(describeService(deployment, turned))).toBe(writeDescription(described()));
    const again = readDescription(writeDescription(described()));
    expect(again).toEqual(described());
    expect(secretVolumes(deployment, again)).toEqual(secretVolumes(deployment, described()));
    expect(revisionOf(again, place)).toBe(revision());
  });

  test('holds no secret, and its fingerprints differ by place', () => {
    expect(writeDescription(described())).not.toContain(SECRET);
    const fingerprints = described().secrets.map(({ fingerprint }) => fingerprint);
    fingerprints.push(...describeService('another', service).secrets.map(({ fingerprint }) => fingerprint));
    expect(new Set(fingerprints).size).toBe(6);
  });

  test('has another revision when anything but the replicas is another', () => {
    expect(revision({ replicas: 1 })).toBe(revision());
    const others = [
      revision({ environment: {} }),
      revision({ secrets: [{ path: '/run/easel/settings.yaml', content: 'changed' }] }),
      revision({ stopSeconds: 41 }),
      revision({ image: 'easel/default:0.1.1' }),
      revision({}, { ...place, imageId: 'sha256:bb' }),
      revision({}, { ...place, network: 'host' }),
    ];
    expect(new Set([revision(), ...others]).size).toBe(7);
    const foreign = { image_kind: 'foreign' } as const;
    expect(revision(foreign, { ...place, imageId: 'sha256:bb' })).toBe(revision(foreign));
  });

  test('is refused when an engine could not carry it out', () => {
    for (const name of ['', 'Worker', '-a', 'a_b', 'a'.repeat(49)])
      expect(() => described({ name })).toThrow(/cannot be the name of a service/);
    const mounts = [{ kind: 'claim', source: 'results', target: '/data', readOnly: false }] as const;
    expect(() => described({ mounts })).toThrow(/only Kubernetes knows: name a directory or a volume/);
  });
});

describe('a container', () => {
  const wish = (changes: Partial<Service> = {}, more: Partial<ContainerWish> = {}): ContainerWish => ({
    ...{ deployment, description: described(changes), revision: 'r', number: 2, cores: 2, ...place },
    ...more,
  });

  test('of ours is confined', () => {
    const { HostConfig: host, ...spec } = containerSpec(wish());
    expect(spec).toMatchObject({
      Hostname: 'worker-default-2',
      Image: 'sha256:aa',
      Cmd: ['work', '--slots', '2'],
      Env: [
        'NODE_OPTIONS=--max-old-space-size=200',
        'COLOUR=blue',
        'EASEL_IMAGE=easel/default:0.1.0@sha256:aa',
      ],
      User: '10001:10001',
      StopTimeout: 40,
      Healthcheck: { Test: ['CMD', 'node', 'healthy.js'], Interval: 10e9, Timeout: 5e9, StartPeriod: 60e9 },
      NetworkingConfig: { EndpointsConfig: { 'easel-01234567': { Aliases: ['worker-default'] } } },
    });
    expect(host).toMatchObject({
      ...{ Memory: 1.5e9, MemorySwap: 1.5e9, NanoCpus: 2e9, PidsLimit: 256 },
      ...{ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
      DeviceRequests: [{ Count: 1, Capabilities: [['gpu']] }],
      RestartPolicy: { Name: 'unless-stopped' },
      PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '8380' }] },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(host?.Mounts).toMatchObject([
      { Type: 'bind', Source: '/srv/input', Target: '/data/input', ReadOnly: true },
      { Type: 'volume', Source: 'results', Target: '/data/output', ReadOnly: false },
      { Type: 'tmpfs', Target: '/tmp' },
      { Type: 'volume', Target: '/run/easel', ReadOnly: true },
      { Type: 'volume', Target: '/etc/third', ReadOnly: true },
    ]);
    expect(JSON.stringify([spec, host])).not.toContain(SECRET);
  });

  test('that is foreign runs as its image wants, without gaining privileges', () => {
    const { HostConfig: host, ...spec } = containerSpec(wish({ image_kind: 'foreign' }));
    expect(spec.User).toBeUndefined();
    expect(spec.Env).toEqual(['NODE_OPTIONS=--max-old-space-size=200', 'COLOUR=blue']);
    expect(host).toMatchObject({ ReadonlyRootfs: false, SecurityOpt: ['no-new-privileges'] });
    expect(host?.CapDrop).toBeUndefined();
    expect(JSON.stringify(host?.Mounts)).not.toContain('tmpfs');
  });

  test('on the network of the machine has no other', () => {
    const spec = containerSpec(wish({}, { network: 'host' }));
    expect(spec.NetworkingConfig).toBeUndefined();
    expect(spec.HostConfig?.NetworkMode).toBe('host');
  });
});

describe('a service of a swarm', () => {
  const open = [{ container: 80, published: { address: '0.0.0.0', port: 8380 } }];
  const spec = (changes: Partial<Service> = {}, network = 'easel-01234567') =>
    swarmSpec({
      ...{ deployment, description: described({ ports: open, ...changes }), revision: 'r', cores: 2 },
      ...{ imageId: 'sha256:aa', network, replicas: 3, secrets: [], force: 1 },
    });

  test('is confined, and replaced one by one', () => {
    expect(spec()).toMatchObject({
      Name: 'easel-01234567-worker-default',
      Mode: { Replicated: { Replicas: 3 } },
      TaskTemplate: {
        ContainerSpec: {
          ...{ Image: 'easel/default:0.1.0', User: '10001:10001', ReadOnly: true, CapabilityDrop: ['ALL'] },
          ...{ Hostname: 'worker-default-{{.Task.Slot}}', StopGracePeriod: 40e9 },
          Privileges: { NoNewPrivileges: true },
        },
        Resources: {
          Limits: { NanoCPUs: 2e9, MemoryBytes: 1.5e9, Pids: 256 },
          Reservations: { GenericResources: [{ DiscreteResourceSpec: { Kind: 'NVIDIA-GPU', Value: 1 } }] },
        },
        RestartPolicy: { Condition: 'any' },
        Networks: [{ Target: 'easel-01234567', Aliases: ['worker-default'] }],
        ForceUpdate: 1,
      },
      UpdateConfig: { Parallelism: 1, Order: 'stop-first', FailureAction: 'pause' },
      EndpointSpec: { Mode: 'dnsrr', Ports: [{ TargetPort: 80, PublishedPort: 8380, PublishMode: 'host' }] },
    });
    expect(JSON.stringify(spec())).not.toContain(SECRET);
    expect(spec({}, 'host').EndpointSpec?.Ports).toEqual([]);
  });

  test('is not opened further than was asked for', () => {
    expect(() => spec({ ports: service.ports })).toThrow(/cannot publish port 8380 at 127\.0\.0\.1 alone/);
  });
});

test('logs of an engine are lines', () => {
  const piece = (stream: number, content: string) => {
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(Buffer.byteLength(content), 4);
    return Buffer.concat([head, Buffer.from(content)]);
  };
  expect(logLines(Buffer.concat([piece(1, 'one\ntw'), piece(2, 'o\n'), piece(1, 'drei\n')]))).toEqual([
    ...['one', 'two', 'drei'],
  ]);
  expect(logLines(Buffer.alloc(0))).toEqual([]);
});
