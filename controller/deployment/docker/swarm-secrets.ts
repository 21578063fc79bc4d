/**
 * Secrets of a swarm, which keeps them encrypted, and gives them only to the machines that run the service, in memory. They cannot be
 * changed: the name comes from the content, another content is another secret, and what no service needs any more is removed.
 */
import type { Secret, SecretReference } from 'dockerode';
import { EaselError } from '../../../core/model/errors.ts';
import { LABELS } from '../orchestrator.ts';
import type { Service } from '../service.ts';
import { inBody, statusOf } from './api.ts';
import type { Place } from './containers.ts';
import type { Description } from './description.ts';
import { engineName } from './spec.ts';
import { secretReference } from './swarm-spec.ts';

const FINGERPRINT_DIGITS = 32;

export async function provideSecrets(
  place: Place,
  service: Service,
  description: Description,
): Promise<SecretReference[]> {
  const existing = await listSecrets(place, service.name);
  const references: SecretReference[] = [];
  for (const { path, fingerprint } of description.secrets) {
    const name = engineName(place.deployment, fingerprint.slice(0, FINGERPRINT_DIGITS));
    const content = service.secrets.find((each) => each.path === path)?.content ?? '';
    const found = existing.find(({ Spec }) => Spec?.Name === name);
    const id = found?.ID ?? (await create(place, service.name, { name, content }));
    references.push(secretReference(description, { id, name, path }));
  }
  return references;
}

/** Those of the service that it does not refer to any more. */
export async function removeSecrets(
  place: Place,
  service: string,
  kept: readonly SecretReference[],
): Promise<void> {
  for (const { ID } of await listSecrets(place, service)) {
    if (kept.some(({ SecretID }) => SecretID === ID)) continue;
    try {
      await place.engine.getSecret(ID).remove();
    } catch (error) {
      // The engine answers 400 while a service that has not been updated yet refers to it.
      if (statusOf(error) !== 404 && statusOf(error) !== 400) throw error;
    }
  }
}

async function create(
  { engine, deployment }: Place,
  service: string,
  { name, content }: { name: string; content: string },
): Promise<string> {
  const labels = { [LABELS.deployment]: deployment, [LABELS.service]: service };
  const data = Buffer.from(content).toString('base64');
  try {
    return (await engine.createSecret(inBody({ Name: name, Labels: labels, Data: data }))).id;
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    throw new EaselError('conflict', `there is a secret ${name} that is not of this deployment: remove it`, {
      cause: error,
    });
  }
}

async function listSecrets({ engine, deployment }: Place, service: string): Promise<Secret[]> {
  const label = [`${LABELS.deployment}=${deployment}`, `${LABELS.service}=${service}`];
  return await engine.listSecrets({ filters: { label } });
}
