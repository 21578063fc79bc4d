#!/usr/bin/env node
/**
 * The health check of a container: ends with 0 while the daemon in it is alive, which is when the file named by EASEL_ALIVE_FILE is
 * younger than 90 seconds (core/runtime/alive.ts). It asks neither database nor broker: whoever waits for these is well. Plain
 * JavaScript that imports nothing of Easel, since it runs every half minute in every container.
 */
import { statSync } from 'node:fs';

const LONGEST_MS = 90_000;
const file = process.env.EASEL_ALIVE_FILE ?? '';
const stats = file === '' ? undefined : statSync(file, { throwIfNoEntry: false });

if (file === '') end('EASEL_ALIVE_FILE does not name a file');
else if (stats === undefined) end(`there is no ${file} yet`);
else if (Date.now() - stats.mtimeMs > LONGEST_MS)
  end(`no sign of life for ${Math.round((Date.now() - stats.mtimeMs) / 1_000)} s`);

function end(reason) {
  console.log(reason);
  process.exitCode = 1;
}
