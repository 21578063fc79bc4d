/**
 * The pods of a service: one container, no rights beyond those it needs. It conforms to the `restricted` Pod Security Standard,
 * unless an area is a directory of the node.
 */
import type { V1Container, V1PodTemplateSpec, V1Probe } from '@kubernetes/client-node';
import { CONTAINER_USER, type HealthCheck, type Limits, type Service } from '../service.ts';
import { ANNOTATIONS, labelsOf } from './names.ts';
import type { Placed } from './placed.ts';
import { filesOf } from './volumes.ts';

/** Of the database's and the broker's user in the official images of MariaDB, MySQL and RabbitMQ. */
const FOREIGN_USER = 999;
const PROBE_TIMEOUT_SECONDS = 5;
/** So often a health check fails before the container is started anew. */
const FAILURES = 3;

export function podTemplateOf(placed: Placed): V1PodTemplateSpec {
  const { service, settings, revision } = placed;
  const { volumes, volumeMounts } = filesOf(placed);
  const user = service.image_kind === 'own' ? CONTAINER_USER : FOREIGN_USER;
  return {
    metadata: {
      labels: labelsOf(placed),
      annotations: { [ANNOTATIONS.revision]: revision },
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: Math.ceil(service.stopSeconds),
      ...(settings.image_pull_secrets.length > 0
        ? { imagePullSecrets: settings.image_pull_secrets.map((name) => ({ name })) }
        : {}),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: user,
        runAsGroup: user,
        fsGroup: user,
        // An area is not gone through at every start, and a broker's cookie stays readable by its owner only.
        fsGroupChangePolicy: 'OnRootMismatch',
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: service.role,
          image: service.image,
          imagePullPolicy: pullPolicyOf(service.image),
          ...(service.arguments.length > 0 ? { args: [...service.arguments] } : {}),
          env: environmentOf(service),
          ...(service.ports.length > 0
            ? { ports: service.ports.map(({ container }) => ({ containerPort: container })) }
            : {}),
          resources: resourcesOf(service.limits),
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: service.image_kind === 'own',
            capabilities: { drop: ['ALL'] },
          },
          ...probesOf(service),
          volumeMounts,
        },
      ],
      volumes,
    },
  };
}

function environmentOf({ environment, image, image_kind }: Service): { name: string; value: string }[] {
  const all = image_kind === 'own' ? { ...environment, EASEL_IMAGE: image } : environment;
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value }));
}

/**
 * A tag of a registry is looked up at every start, so that a restart follows it. A digest cannot change, and a name without a
 * registry is what somebody has put on the nodes.
 */
function pullPolicyOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return hasRegistry && !image.includes('@') ? 'Always' : 'IfNotPresent';
}

/** As much as is needed is asked for, and no more is given: a worker's neighbours cannot take its memory, nor it theirs. */
function resourcesOf({ cpu, gpu, memory_gb }: Limits): NonNullable<V1Container['resources']> {
  const amounts = {
    cpu: `${Math.ceil(cpu * 1_000)}m`,
    memory: `${Math.ceil(memory_gb * 1_000)}M`,
    ...(gpu > 0 ? { 'nvidia.com/gpu': String(gpu) } : {}),
  };
  return { requests: amounts, limits: { ...amounts } };
}

/** The dashboard is asked as browsers ask it. What has a port gets nothing sent before it is ready. */
function probesOf(service: Service): Pick<V1Container, 'livenessProbe' | 'readinessProbe' | 'startupProbe'> {
  const { health, ports, role } = service;
  if (health === null) return {};
  const [port] = ports;
  const ask = (path: string): V1Probe =>
    role === 'web' && port !== undefined
      ? { httpGet: { path, port: port.container } }
      : { exec: { command: [...health.command] } };
  const live = { ...ask('/healthz'), ...timesOf(health) };
  return {
    startupProbe: {
      ...live,
      failureThreshold: Math.max(1, Math.ceil(health.startSeconds / health.everySeconds)),
    },
    livenessProbe: { ...live, failureThreshold: FAILURES },
    ...(ports.length > 0
      ? { readinessProbe: { ...ask('/readyz'), ...timesOf(health), failureThreshold: FAILURES } }
      : {}),
  };
}

function timesOf({ everySeconds }: HealthCheck): Pick<V1Probe, 'periodSeconds' | 'timeoutSeconds'> {
  return { periodSeconds: Math.ceil(everySeconds), timeoutSeconds: PROBE_TIMEOUT_SECONDS };
}
