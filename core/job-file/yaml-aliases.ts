/** The anchors of a YAML document as it is read, and the bound on what aliases may bring in. */
import { isAlias, type Node } from 'yaml';
import type { Value } from '../model/values.ts';
import type { Limits } from './limits.ts';

export class YamlAliases {
  readonly #limits: Limits;
  readonly #anchors = new Map<string, Node>();
  readonly #targets = new Map<Node, Node>();
  readonly #open = new Set<Node>();
  #depth = 0;
  #values = 0;
  #characters = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Makes `node` known under `anchor`; while `read` runs, an alias to it would be endless. */
  define(anchor: string, node: Node, read: () => Value): Value {
    this.#anchors.set(anchor, node);
    this.#open.add(node);
    const value = read();
    this.#open.delete(node);
    return value;
  }

  /** What an alias stands for at this place of the document, or the reason why it stands for nothing. */
  target(anchor: string): Node | string {
    const node = this.#anchors.get(anchor);
    if (node === undefined) return `no anchor &${anchor} stands before this alias`;
    return this.#open.has(node) ? `the alias *${anchor} contains itself` : node;
  }

  bind(alias: Node, target: Node): void {
    this.#targets.set(alias, target);
  }

  /** The node itself, or what the alias stands for. */
  resolve(node: Node | null): Node | null {
    return node !== null && isAlias(node) ? (this.#targets.get(node) ?? null) : node;
  }

  inside<T>(read: () => T): T {
    this.#depth += 1;
    const value = read();
    this.#depth -= 1;
    return value;
  }

  /** Counts a value read through an alias. Gives the reason when it is one too many. */
  count(characters: number): string | undefined {
    if (this.#depth === 0) return undefined;
    this.#values += 1;
    this.#characters += characters;
    if (this.#values > this.#limits.max_aliases) {
      return `aliases bring in more values than max_aliases (${this.#limits.max_aliases}) allows`;
    }
    if (this.#characters > this.#limits.max_file_bytes) {
      return `aliases bring in more text than max_file_bytes (${this.#limits.max_file_bytes}) allows`;
    }
    return undefined;
  }
}
