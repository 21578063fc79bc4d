/**
 * Terminal colours in log lines as classes: SGR sequences become spans of text with class names, every other escape sequence and
 * control character is left out. Text stays text.
 *
 * @typedef {{ text: string, classes: string }} Span
 */

const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /\u001b\[([\d;:]*)([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b.|[\u0000-\u0008\u000b-\u001a\u001c-\u001f]/g;

const STYLES = new Map([
  [1, 'ansi-bold'],
  [2, 'ansi-dim'],
  [3, 'ansi-italic'],
  [4, 'ansi-underline'],
]);

/** @param {string} line @returns {Span[]} */
export function spansOf(line) {
  /** @type {Span[]} */
  const spans = [];
  /** @type {Map<string, string>} */
  const looks = new Map();
  let from = 0;
  const push = (/** @type {number} */ until) => {
    if (until > from) spans.push({ text: line.slice(from, until), classes: [...looks.values()].join(' ') });
  };
  for (const match of line.matchAll(SEQUENCE)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') apply(looks, (match[1] ?? '').split(/[;:]/).map(Number));
  }
  push(line.length);
  return spans;
}

/** @param {Map<string, string>} looks @param {number[]} codes */
function apply(looks, codes) {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    const style = STYLES.get(code);
    if (code === 0) looks.clear();
    else if (style !== undefined) looks.set(style, style);
    else if (code === 22) for (const name of ['ansi-bold', 'ansi-dim']) looks.delete(name);
    else if (code === 23) looks.delete('ansi-italic');
    else if (code === 24) looks.delete('ansi-underline');
    else if (code === 39) looks.delete('colour');
    else if (code >= 30 && code <= 37) looks.set('colour', `ansi-${code - 30}`);
    else if (code >= 90 && code <= 97) looks.set('colour', `ansi-${code - 90}`);
    else if (code === 38 || code === 48) at += codes[at + 1] === 5 ? 2 : 4;
  }
}
