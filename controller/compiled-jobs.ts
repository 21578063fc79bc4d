/** A job as the scheduler sees it: its definition, and what its tasks may come to produce. */
import type { Database } from '../core/db/open.ts';
import type { Definition } from '../core/model/definition.ts';
import { type Producer, producersOf } from '../core/model/producers.ts';
import type { TaskType } from '../core/model/task-type.ts';
import { Definitions } from '../core/store/definitions.ts';

export interface CompiledJob {
  readonly id: number;
  readonly definition: Definition;
  readonly producers: readonly Producer[];
}

export class CompiledJobs {
  readonly #definitions: Definitions;
  readonly #registry: ReadonlyMap<string, TaskType>;
  readonly #producers = new WeakMap<Definition, readonly Producer[]>();

  constructor(database: Database, registry: ReadonlyMap<string, TaskType>) {
    this.#definitions = new Definitions(database);
    this.#registry = registry;
  }

  async get(id: number): Promise<CompiledJob> {
    const definition = await this.#definitions.get(id);
    const producers = this.#producers.get(definition) ?? producersOf(definition, this.#registry);
    this.#producers.set(definition, producers);
    return { id, definition, producers };
  }
}
