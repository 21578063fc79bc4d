/** The program of the test image: does what its first argument says. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const [what = 'serve', value = '0'] = process.argv.slice(2);

const acts = {
  /** Until SIGTERM, and then so many milliseconds more. */
  serve() {
    console.log('serving');
    process.on('SIGTERM', () => {
      console.log('draining');
      setTimeout(() => process.exit(0), Number(value));
    });
    setInterval(() => undefined, 60_000);
  },
  /** Everything that is asked for at a port. */
  answer() {
    createServer((_request, response) => response.end('here')).listen(Number(value));
  },
  /** Until it is killed. */
  ignore() {
    process.on('SIGTERM', () => console.log('ignored'));
    setInterval(() => undefined, 60_000);
  },
  exit() {
    console.error(`ending with ${value}`);
    process.exitCode = Number(value);
  },
  /** After so many milliseconds, takes memory until there is none. */
  hog() {
    const held = [];
    setTimeout(() => setInterval(() => held.push(Buffer.alloc(8_000_000, 1)), 1), Number(value));
  },
  /** Starts processes until that is refused, and tells how many there were. */
  fork() {
    const children = [];
    const next = () => {
      const child = spawn(process.execPath, [import.meta.filename, 'ignore'], { stdio: 'ignore' });
      child.once('spawn', () => {
        children.push(child);
        if (children.length < 500) next();
        else end('no limit');
      });
      child.once('error', ({ code }) => end(code));
    };
    const end = (why) => {
      console.log(`${children.length} ${why}`);
      for (const child of children) child.kill('SIGKILL');
      process.exit(0);
    };
    next();
  },
};

acts[what]();
