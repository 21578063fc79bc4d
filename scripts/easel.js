#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * The command `easel`: starts Easel under a Node that can run it. When the Node that runs this file is too old, the one that npm
 * brought along as a dependency takes over, with the same arguments, streams, signals and exit code. This file is plain
 * JavaScript that any Node since 18 can read; nothing else of Easel may be imported before the version is known.
 *
 * The option in the first line bounds the young objects' part of the heap: left to itself, on a large machine it alone
 * takes 96 MB of a daemon that needs 100.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants as osConstants } from 'node:os';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';

// Threads for file system calls: read when the first of them is made, so it has to be set here.
process.env.UV_THREADPOOL_SIZE ??= '16';

const neededMajor = 24;
const cannotStart = 2;
const here = fileURLToPath(import.meta.url);
const major = Number(process.versions.node.split('.')[0]);

if (major >= neededMajor) await import(findProgram().href);
else runUnder(findBundledNode());

/** A checkout holds the sources and runs them as they are; a package holds what was compiled from them. */
function findProgram() {
  const source = new URL('../easel.ts', import.meta.url);
  return existsSync(source) ? source : new URL('../dist/easel.js', import.meta.url);
}

function findBundledNode() {
  try {
    const manifest = createRequire(here).resolve(`node-${process.platform}-${process.arch}/package.json`);
    const node = join(dirname(manifest), 'bin', 'node');
    accessSync(node, constants.X_OK);
    return node;
  } catch {
    return null;
  }
}

function runUnder(node) {
  if (node === null) {
    const found = `Easel needs Node ${neededMajor} or newer, and this is ${process.versions.node}`;
    console.error(
      `easel: ${found}: install Node ${neededMajor}, or reinstall Easel without --omit=optional.`,
    );
    process.exitCode = cannotStart;
    return;
  }
  const child = spawn(node, [...process.execArgv, here, ...process.argv.slice(2)], { stdio: 'inherit' });
  const signals = forwardSignals(child);
  child.on('error', (error) => {
    console.error(`easel: ${node} could not be started: ${error.message}`);
    process.exitCode = cannotStart;
  });
  child.on('exit', (code, signal) => {
    for (const [name, listener] of signals) process.removeListener(name, listener);
    endAs(code, signal);
  });
}

// On a terminal, Ctrl-C and the like reach the child by themselves: passing them on would make two of one, and a second one means
// "at once". The parent only has to outlive them.
function forwardSignals(child) {
  const isOnTerminal = [0, 1, 2].some((descriptor) => isatty(descriptor));
  const fromTerminal = ['SIGINT', 'SIGQUIT', 'SIGHUP'];
  return [...fromTerminal, 'SIGTERM', 'SIGUSR2'].map((name) => {
    const isSentAlready = isOnTerminal && fromTerminal.includes(name);
    const listener = () => void (isSentAlready || child.kill(name));
    process.on(name, listener);
    return [name, listener];
  });
}

function endAs(code, signal) {
  if (signal === null) {
    process.exitCode = code ?? 1;
    return;
  }
  process.exitCode = 128 + (osConstants.signals[signal] ?? 0);
  process.kill(process.pid, signal);
}
