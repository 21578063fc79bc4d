/** Which cluster, and who we are there: the kubeconfig as kubectl looks for it, or, in a pod, its service account. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { EaselError } from '../../../core/model/errors.ts';

type NewConfig = new () => KubeConfig;

export function loadKubeConfig(
  Config: NewConfig,
  environment: NodeJS.ProcessEnv,
  context: string | undefined,
): KubeConfig {
  const config = new Config();
  const files = kubeConfigFiles(environment);
  const currents = files.map((file) => add(config, new Config(), file));
  if (files.length === 0) {
    if (environment.KUBERNETES_SERVICE_HOST === undefined)
      throw new EaselError(
        'settings',
        'there is no kubeconfig: KUBECONFIG names none and ~/.kube/config is not there; make one as your cluster says, for example with its login command',
      );
    config.loadFromCluster();
  } else config.setCurrentContext(context ?? currents.find(Boolean) ?? '');
  if (config.getCurrentCluster() === null) {
    const names = config.getContexts().map(({ name }) => name);
    throw new EaselError(
      'settings',
      `the kubeconfig has no context "${config.getCurrentContext()}" with a cluster; it has ${names.join(', ') || 'none'}. Name one in settings.yaml, containers.kubernetes.context`,
    );
  }
  return config;
}

function kubeConfigFiles({ KUBECONFIG, HOME }: NodeJS.ProcessEnv): string[] {
  const named = (KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(HOME ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

/** Answers the context that the file says is the current one. */
function add(config: KubeConfig, next: KubeConfig, file: string): string | undefined {
  try {
    next.loadFromFile(file);
    config.mergeConfig(next, true);
    return next.getCurrentContext();
  } catch (error) {
    throw new EaselError(
      'settings',
      `${file} cannot be read as a kubeconfig: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
