/** docs/compose.yaml says what `easel deploy` does: the same commands, mounts and confinement. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  type PlanParts,
  planBroker,
  planDatabase,
  planScheduler,
  planWeb,
  planWorkers,
} from '../../controller/deployment/plan-services.ts';
import { easelVersion } from '../../core/runtime/package.ts';
import { loadRegistry } from '../../core/runtime/registry.ts';
import { loadSettings } from '../../core/runtime/settings.ts';

const serviceSchema = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  mem_limit: z.string().optional(),
  stop_grace_period: z.string(),
});
const compose = z
  .looseObject({ services: z.record(z.string(), serviceSchema) })
  .parse(parse(readFileSync('docs/compose.yaml', 'utf8'), { merge: true }));

const parts: PlanParts = {
  settings: loadSettings({ home: '/nowhere' }, {}),
  registry: loadRegistry([]),
  identity: { id: '0'.repeat(32), database_password: 'x'.repeat(20), broker_password: 'x'.repeat(20) },
  images: new Map([['default', `easel/base:${easelVersion()}`]]),
  typeFiles: [],
};
const addresses = { database_url: 'mysql://db/easel', queue_url: undefined };
const planned = {
  scheduler: planScheduler(parts, addresses, 1),
  web: planWeb(parts, addresses, { address: '127.0.0.1', port: 8380 }),
  worker: planWorkers(parts, addresses, { workerClass: 'default', replicas: 2, slots: 1 }),
  database: planDatabase(parts, 13_306),
  broker: planBroker(parts, 15_673),
};

describe.each(Object.entries(planned))('compose: %s', (name, service) => {
  const written = compose.services[name];

  test('runs the same', () => {
    expect(written?.command).toEqual(service.arguments);
    expect(written?.image.replace(/\$\{EASEL_VERSION:-(.*)\}/, '$1')).toBe(service.image);
    expect(written?.stop_grace_period).toBe(`${service.stopSeconds}s`);
    expect(written?.security_opt).toEqual(['no-new-privileges:true']);
  });

  test('sees the same files', () => {
    const targets = (written?.volumes ?? []).map((each) => each.replace(/^(\$\{.*?\}|[a-z]+):/, ''));
    const wanted = service.mounts.map(({ target, readOnly }) => `${target}${readOnly ? ':ro' : ''}`);
    expect(targets).toEqual(wanted);
  });

  test.runIf(service.image_kind === 'own')('is confined as much', () => {
    expect(written).toMatchObject({
      ...{ read_only: true, cap_drop: ['ALL'], user: '10001:10001', pids_limit: service.limits.pids },
      mem_limit: `${service.limits.memory_gb * 1_000}m`,
    });
  });
});
