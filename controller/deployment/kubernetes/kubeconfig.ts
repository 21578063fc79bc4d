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
  const files = kubeConfigFiles(environment);
  const config = new Config();
  if (files.length > 0) for (const file of files) config.mergeConfig(read(Config, file), true);
  else if (environment.KUBERNETES_SERVICE_HOST !== undefined) config.loadFromCluster();
  else
    throw new EaselError(
      'settings',
      'there is no kubeconfig: KUBECONFIG names none and ~/.kube/config is not there; make one as your cluster says, for example with its login command',
    );
  if (files.length > 0) config.setCurrentContext(context ?? firstCurrentContext(Config, files));
  const names = config.getContexts().map(({ name }) => name);
  if (config.getCurrentCluster() === null)
    throw new EaselError(
      'settings',
      `the kubeconfig has no context "${config.getCurrentContext()}" with a cluster; it has ${names.join(', ') || 'none'}. Name one in settings.yaml, containers.kubernetes.context`,
    );
  return config;
}

function kubeConfigFiles({ KUBECONFIG, HOME }: NodeJS.ProcessEnv): string[] {
  const named = (KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '');
  if (named.length > 0) return named;
  const usual = join(HOME ?? homedir(), '.kube', 'config');
  return existsSync(usual) ? [usual] : [];
}

function firstCurrentContext(Config: NewConfig, files: readonly string[]): string {
  for (const file of files) {
    const current = read(Config, file).getCurrentContext();
    if (current) return current;
  }
  return '';
}

function read(Config: NewConfig, file: string): KubeConfig {
  const config = new Config();
  try {
    config.loadFromFile(file);
  } catch (error) {
    throw new EaselError(
      'settings',
      `${file} cannot be read as a kubeconfig: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return config;
}
