/** A swarm of one machine, for tests. */
import type { Engine } from '../../../controller/deployment/docker/api.ts';

/** Made when there is none. Answers what ends it, if it was made here. */
export async function ensureSwarm(engine: Engine): Promise<() => Promise<void>> {
  const { Swarm: swarm } = await engine.info();
  if (swarm?.LocalNodeState !== 'inactive') return () => Promise.resolve();
  await engine.swarmInit({ ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' });
  return async () => {
    await engine.swarmLeave({ force: true });
  };
}
