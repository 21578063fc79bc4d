/**
 * How a service is reached. Within the deployment by its own name; from outside through a second Service, if a port is published
 * elsewhere than on the machine itself. Database and broker answer nobody but the deployment.
 */
import type { V1NetworkPolicy, V1Service } from '@kubernetes/client-node';
import type { Service } from '../service.ts';
import { dnsLabel, labelsOf, objectName, selectorOf } from './names.ts';
import type { Placed } from './placed.ts';
import { isStateful } from './volumes.ts';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
/** Ports that a node can have for a Service. */
const NODE_PORTS = { first: 30_000, last: 32_767 };

/** Of a database or broker it names the pod itself, so that connections need nothing between. */
export function innerServiceOf(placed: Placed): V1Service | null {
  const { deployment, service } = placed;
  if (service.ports.length === 0) return null;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: dnsLabel(service.name), labels: labelsOf(placed) },
    spec: {
      ...(isStateful(service) ? { clusterIP: 'None' } : { type: 'ClusterIP' }),
      selector: selectorOf(deployment, service.name),
      ports: service.ports.map(({ container }) => ({
        name: `port-${container}`,
        port: container,
        targetPort: container,
        protocol: 'TCP',
      })),
    },
  };
}

export function outerServiceOf(placed: Placed): V1Service | null {
  const { deployment, service } = placed;
  const ports = publishedOf(service);
  if (ports.length === 0) return null;
  const onNodes = ports.every(({ port }) => port >= NODE_PORTS.first && port <= NODE_PORTS.last);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: objectName(deployment, service.name), labels: labelsOf(placed) },
    spec: {
      type: onNodes ? 'NodePort' : 'LoadBalancer',
      selector: selectorOf(deployment, service.name),
      ports: ports.map(({ container, port }) => ({
        name: `port-${container}`,
        port,
        targetPort: container,
        protocol: 'TCP',
        ...(onNodes ? { nodePort: port } : {}),
      })),
    },
  };
}

function publishedOf({ ports }: Service): { container: number; port: number }[] {
  return ports.flatMap(({ container, published }) =>
    published === null || LOOPBACK.includes(published.address) ? [] : [{ container, port: published.port }],
  );
}

/** Only where the network of the cluster carries out policies; elsewhere the password is all that guards. */
export function networkPolicyOf(placed: Placed): V1NetworkPolicy | null {
  const { deployment, service } = placed;
  if (!isStateful(service)) return null;
  const published = publishedOf(service);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: objectName(deployment, service.name), labels: labelsOf(placed) },
    spec: {
      podSelector: { matchLabels: selectorOf(deployment, service.name) },
      policyTypes: ['Ingress'],
      ingress: [
        { _from: [{ podSelector: { matchLabels: selectorOf(deployment) } }] },
        ...(published.length > 0
          ? [{ ports: published.map(({ container }) => ({ port: container, protocol: 'TCP' })) }]
          : []),
      ],
    },
  };
}
