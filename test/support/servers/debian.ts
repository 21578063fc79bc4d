/**
 * Installing server packages on Debian and its relatives, when the run is root there: the packages bring the programs, and are
 * kept from starting system services, which would take ports and outlive the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { type Holdings, messageOf } from './holdings.ts';

const policyFile = '/usr/sbin/policy-rc.d';
const aptMs = 8 * 60_000;

function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** Installs a package; answers why not, or null when it is there. */
export async function installPackage(holdings: Holdings, name: string): Promise<string | null> {
  if (!canInstallPackages()) return 'not root on Debian, so nothing was installed';
  holdings.say(`installing Debian's package ${name}`);
  const isPolicyOurs = !existsSync(policyFile);
  if (isPolicyOurs) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    await runApt(['update', '-qq']);
    await runApt(['install', '-y', '-qq', '--no-install-recommends', name]);
    return null;
  } catch (error) {
    return messageOf(error);
  } finally {
    if (isPolicyOurs) rmSync(policyFile, { force: true });
  }
}

async function runApt(args: string[]): Promise<void> {
  const lockWait = ['-o', 'DPkg::Lock::Timeout=120'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  const child = spawn('apt-get', [...lockWait, ...args], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: aptMs,
  });
  let told = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-500);
  });
  const [code] = await once(child, 'close');
  if (code !== 0)
    throw new Error(`apt-get ${args[0]} failed: ${told.trim().split('\n').slice(-2).join(' | ')}`);
}
