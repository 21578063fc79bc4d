/**
 * YAML text -> Source. Only what JSON can say is taken: plain keys, no tags, no merge keys, no second document.
 * Numbers keep what the text says of them: `1` is an int, `1.0` a float. Timestamps are strings.
 * What aliases bring in is counted, so that a short file cannot become a huge one.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from 'yaml';
import { dict, type Value } from '../model/values.ts';
import type { Limits } from './limits.ts';
import { JobFileError, type Path, type Problem, renderPath } from './problem.ts';
import type { Part, Position, Source } from './source.ts';
import { YamlAliases } from './yaml-aliases.ts';

const MAX_PROBLEMS = 1000;
const MAX_SYNTAX_PROBLEMS = 10;

/** Throws JobFileError when the text is not YAML or holds what JSON has no word for. */
export function readYaml(text: string, fileName: string, limits: Limits): Source {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineCounter();
  const refuse = (problems: readonly Problem[]) => new JobFileError(fileName, problems);
  try {
    const document = parseDocument<Node>(body, {
      version: '1.2',
      schema: 'core',
      intAsBigInt: true,
      uniqueKeys: false, // checked below: the library compares every key with every other
      merge: false,
      prettyErrors: false,
      lineCounter: lines,
    });
    const faults = [...document.errors, ...document.warnings];
    // The library reports its own overflow as one more syntax error.
    if (faults.some(({ message }) => /call stack|stack overflow/i.test(message)))
      throw new RangeError('too deep');
    if (faults.length > 0) {
      const place = (at: number) => ({ ...positionAt(lines, at), path: '$' });
      throw refuse(
        faults.slice(0, MAX_SYNTAX_PROBLEMS).map(({ pos, message }) => ({ ...place(pos[0]), message })),
      );
    }
    const reader = new YamlReader(limits);
    const value = reader.read(document.contents, []);
    if (reader.faults.length > 0) {
      throw refuse(reader.faults.map(({ offset, ...each }) => ({ ...positionAt(lines, offset), ...each })));
    }
    return new YamlSource({ body, root: document.contents, value, aliases: reader.aliases, lines });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = `nested deeper than max_json_depth (${limits.max_json_depth}) allows`;
    throw refuse([{ line: 1, column: 1, path: '$', message }]);
  }
}

interface Fault {
  readonly offset: number;
  readonly path: string;
  readonly message: string;
}

class YamlReader {
  readonly faults: Fault[] = [];
  readonly aliases: YamlAliases;
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.aliases = new YamlAliases(limits);
  }

  read(node: Node | null, path: Path): Value {
    if (node === null) return null;
    if (path.length > this.#limits.max_json_depth) throw new RangeError('too deep');
    if (isAlias(node)) return this.#readAlias(node, path);
    const refused = this.aliases.count(
      isScalar(node) && typeof node.value === 'string' ? node.value.length : 1,
    );
    if (refused !== undefined) return this.#fault(node, path, refused);
    if (node.anchor !== undefined)
      return this.aliases.define(node.anchor, node, () => this.#readPlain(node, path));
    return this.#readPlain(node, path);
  }

  #readAlias(node: Node & { source: string }, path: Path): Value {
    const target = this.aliases.target(node.source);
    if (typeof target === 'string') return this.#fault(node, path, target);
    this.aliases.bind(node, target);
    return this.aliases.inside(() => this.read(target, path));
  }

  #readPlain(node: Node, path: Path): Value {
    if (isSeq<Node>(node)) return node.items.map((item, index) => this.read(item, [...path, index]));
    if (isMap<Node, Node>(node)) return this.#readMap(node.items, path);
    return this.#readScalar(node, path);
  }

  #readMap(pairs: readonly Pair<Node, Node | null>[], path: Path): Value {
    const made = dict();
    for (const { key, value } of pairs) {
      const name = this.#readKey(key, path);
      if (name === undefined) continue;
      const place = [...path, name];
      if (name in made) this.#fault(key, place, 'the key stands twice');
      else if (name === '<<') this.#fault(key, place, 'merge keys (<<) are not read: write the keys out');
      else made[name] = this.read(value, place);
    }
    return made;
  }

  #readKey(key: Node, path: Path): string | undefined {
    if (isScalar(key) && typeof key.value === 'string') return key.value;
    if (isScalar(key) && key.source !== undefined && key.value !== null) return key.source;
    this.#fault(key, path, 'a key must be a plain text');
    return undefined;
  }

  #readScalar(node: Node, path: Path): Value {
    const value: unknown = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return value;
    const message = typeof value === 'number' ? 'a number must be finite' : 'JSON has no value of this kind';
    return this.#fault(node, path, message);
  }

  #fault(node: Node, path: Path, message: string): null {
    if (this.faults.length < MAX_PROBLEMS) {
      this.faults.push({ offset: node.range?.[0] ?? 0, path: renderPath(path), message });
    }
    return null;
  }
}

interface YamlParts {
  readonly body: string;
  readonly root: Node | null;
  readonly value: Value;
  readonly aliases: YamlAliases;
  readonly lines: LineCounter;
}

class YamlSource implements Source {
  readonly value: Value;
  readonly #parts: YamlParts;

  constructor(parts: YamlParts) {
    this.value = parts.value;
    this.#parts = parts;
  }

  offsetOf(path: Path, part: Part): number {
    return this.#find(path, part)?.range?.[0] ?? 0;
  }

  offsetInString(path: Path, part: Part, index: number): number {
    const node = this.#find(path, part);
    const start = node?.range?.[0] ?? 0;
    const raw = this.#parts.body.slice(start, node?.range?.[1] ?? start);
    if (!isScalar(node) || typeof node.value !== 'string') return start;
    // Escapes, folding and block scalars move characters about: then the start has to do.
    if (raw === node.value) return start + index;
    return raw.slice(1, -1) === node.value ? start + 1 + index : start;
  }

  position(offset: number): Position {
    return positionAt(this.#parts.lines, offset);
  }

  #find(path: Path, part: Part): Node | null {
    let node = this.#parts.root;
    for (const [depth, step] of path.entries()) {
      const inner = this.#parts.aliases.resolve(node);
      const last = depth === path.length - 1;
      const next = childOf(inner, step, last && part === 'key');
      if (next === null) return inner;
      node = next;
    }
    return node;
  }
}

/** An empty value has no place of its own: its key's is given. */
function childOf(node: Node | null, step: string | number, key: boolean): Node | null {
  if (isSeq<Node>(node) && typeof step === 'number') return node.items[step] ?? null;
  if (!isMap<Node, Node>(node)) return null;
  const pair = node.items.find(
    ({ key: each }) => isScalar(each) && (each.value === step || each.source === step),
  );
  return pair === undefined ? null : key || pair.value === null ? pair.key : pair.value;
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
