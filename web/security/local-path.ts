/**
 * Where to go after the login: a path of this server and nothing else. Browsers take `//name`, `/\name` and both with tabs between
 * for another server, and a proxy may decode what is encoded, so whatever looks like it in any reading leads to the overview.
 */
const LONGEST = 2_000;
const START = '/';
const HERE = 'http://easel.invalid';

export function localPath(given: unknown): string {
  if (typeof given !== 'string' || given.length > LONGEST || !isHarmless(given)) return START;
  const { origin, pathname, search, hash } = new URL(given, HERE);
  if (origin !== HERE || pathname.startsWith('//') || /^\/log(?:in|out)(?:\/|$)/.test(pathname)) return START;
  return `${pathname}${search}${hash}`;
}

/** The path is decoded as often as it can be. */
function isHarmless(given: string): boolean {
  if (/\p{Cc}/u.test(given)) return false;
  for (let [path = '', left] = [given.split(/[?#]/, 1)[0], 5]; left > 0; left--) {
    if (!/^\/(?!\/)/.test(path) || /\\|\/\/|\p{Cc}/u.test(path)) return false;
    const decoded = decode(path);
    if (decoded === undefined) return false;
    if (decoded === path) return true;
    path = decoded;
  }
  return false;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
