/** The network in which the services of a deployment find one another: one of its own, or the one that the settings name. */
import type { NetworkInspectInfo } from 'dockerode';
import { EaselError } from '../../../core/model/errors.ts';
import { LABELS } from '../orchestrator.ts';
import { reasonOf, statusOf } from './api.ts';
import type { Place } from './containers.ts';
import { engineName } from './spec.ts';

/** How it is made when it is not there. */
export type NetworkDriver = 'bridge' | 'overlay';

/** In them containers have no names of each other. */
const NAMELESS = ['bridge', 'default', 'none'];

/** Its name. */
export async function provideNetwork(
  place: Place,
  driver: NetworkDriver,
  given: string | undefined,
): Promise<string> {
  if (given === undefined) return await provideOwn(place, driver);
  if (given === 'host') return given;
  if (NAMELESS.includes(given))
    throw new EaselError(
      'settings',
      `containers.network: services do not find one another in the network '${given}': name one of your own, 'host', or none at all`,
    );
  const found = await findByName(place, given);
  if (found === undefined || (driver === 'overlay' && found.Scope !== 'swarm'))
    throw new EaselError(
      'settings',
      `containers.network: there is no network '${given}'${driver === 'overlay' ? ' of the swarm' : ''}: \`docker network create --driver ${driver} ${given}\` makes it`,
    );
  return given;
}

/** The deployment's own; one that others have joined stays. */
export async function removeNetworks(place: Place, say: (line: string) => void): Promise<void> {
  for (const { Id, Name } of await listOwn(place)) {
    try {
      await place.engine.getNetwork(Id).remove();
    } catch (error) {
      if (statusOf(error) === 404) continue;
      if (statusOf(error) === null) throw error;
      say(`the network ${Name} stays: ${reasonOf(error)}`);
    }
  }
}

async function provideOwn(place: Place, driver: NetworkDriver): Promise<string> {
  const [own] = await listOwn(place);
  if (own !== undefined) return own.Name;
  const name = engineName(place.deployment);
  if ((await findByName(place, name)) !== undefined)
    throw new EaselError(
      'conflict',
      `there is a network ${name} that is not of this deployment: \`docker network rm ${name}\` if nothing needs it`,
    );
  await place.engine.createNetwork({
    Name: name,
    Driver: driver,
    CheckDuplicate: true,
    Attachable: driver === 'overlay',
    Labels: { [LABELS.deployment]: place.deployment },
  });
  return name;
}

async function listOwn({ engine, deployment }: Place): Promise<NetworkInspectInfo[]> {
  return await engine.listNetworks({ filters: { label: [`${LABELS.deployment}=${deployment}`] } });
}

/** The engine's filter answers names that contain it, too. */
async function findByName({ engine }: Place, name: string): Promise<NetworkInspectInfo | undefined> {
  const found = await engine.listNetworks({ filters: { name: [name] } });
  return found.find(({ Name }) => Name === name);
}
