/** Definitions of the jobs at hand, parsed once and kept while they are in use. Derived from the database: safe to lose. */
import type { Database } from '../db/open.ts';
import { reading } from '../db/transaction.ts';
import { buildDefinition, type Definition } from '../model/definition.ts';
import { dict, isDict, parseJson } from '../model/values.ts';
import { readDefinition } from './jobs.ts';

const KEPT = 64;

export class Definitions {
  readonly #database: Database;
  readonly #kept = new Map<number, Promise<Definition>>();

  constructor(database: Database) {
    this.#database = database;
  }

  get(jobId: number): Promise<Definition> {
    const definition = this.#kept.get(jobId) ?? this.#read(jobId);
    this.#kept.delete(jobId);
    this.#kept.set(jobId, definition); // most recently used last
    definition.catch(() => this.#kept.delete(jobId));
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value ?? jobId);
    return definition;
  }

  async #read(jobId: number): Promise<Definition> {
    const root = parseJson(await readDefinition(reading(this.#database), jobId));
    return buildDefinition(isDict(root) ? root : dict());
  }
}
