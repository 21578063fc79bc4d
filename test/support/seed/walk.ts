/**
 * The tree of a job's tasks as the engine has left it: from the nodes of its definition to tasks with their scopes, needs and
 * products, each settled by the course of the job before what needs it is looked at.
 */
import { productAddress } from '../../../core/model/address.ts';
import { buildDefinition, type Definition, type DefinitionNode } from '../../../core/model/definition.ts';
import { loopValues } from '../../../core/model/loop.ts';
import { type Dict, dict, isDict, merge, type Value } from '../../../core/model/values.ts';
import type { Course } from './course.ts';
import { closeFlow, settleByNeeds } from './flows.ts';
import type { Need, SeedProduct, SeedScope, SeedTask } from './model.ts';
import { isFound, publishedBy, starOf } from './types.ts';

export interface WalkParts {
  readonly course: Course;
  readonly random: () => number;
  readonly nextId: () => number;
  readonly rounds: number;
  readonly submittedAt: number;
}

interface Place {
  readonly parent: SeedTask;
  readonly scope: SeedScope;
  readonly position: number;
  readonly named: ReadonlyMap<string, SeedTask>;
  /** Since when the task could be created. */
  readonly from: number;
}

export class Walk {
  readonly tasks: SeedTask[] = [];
  readonly scopes: SeedScope[] = [];
  readonly root: SeedTask;
  readonly #parts: WalkParts;
  readonly #definition: Definition;
  readonly #products = new Map<string, SeedProduct>();

  constructor(definition: Dict, parts: WalkParts) {
    this.#parts = parts;
    this.#definition = buildDefinition(definition);
    const node = this.#node(0);
    const scope = this.#addScope('', this.#definition.parameters);
    this.root = this.#add(node, { parent: undefined, scope, position: 0, from: parts.submittedAt });
    const directory = node.object.working_directory;
    const own = typeof directory === 'string' ? this.#addScope(directory, scope.metadata) : scope;
    this.#expandChain(this.root, own, parts.submittedAt);
  }

  get #course(): Course {
    return this.#parts.course;
  }

  #node(index: number): DefinitionNode {
    const node = this.#definition.nodes[index];
    if (node === undefined) throw new Error(`there is no node ${index}`);
    return node;
  }

  #addScope(directory: string, metadata: Dict): SeedScope {
    const scope = { id: this.#parts.nextId(), directory, metadata };
    this.scopes.push(scope);
    return scope;
  }

  #add(
    node: DefinitionNode,
    place: Omit<Place, 'parent' | 'named'> & { parent: SeedTask | undefined },
  ): SeedTask {
    const { parent, scope, position, from } = place;
    const { task: type } = node.object;
    const task: SeedTask = {
      ...{ id: this.#parts.nextId(), parent, position, node, scope, at: from },
      type: typeof type === 'string' ? fill(type, scope.metadata) : 'execution_chain',
      ...{ needs: [], products: [], attempts: [], state: 'ready', unmet: 0, open: 0, bad: 0, created: 0 },
      ...{
        uncreated: 0,
        inLine: false,
        triedFrom: 0,
        cause: null,
        reason: null,
        dueInMs: null,
        published: null,
        passed: false,
      },
    };
    this.tasks.push(task);
    return task;
  }

  #create(node: DefinitionNode, place: Place): SeedTask {
    const task = this.#add(node, place);
    for (const name of namesIn(node.object.requires_metadata_from))
      task.needs.push({
        kind: 'metadata',
        name,
        address: null,
        producer: place.named.get(name),
        productId: null,
      });
    if (node.kind === 'work') this.#work(task);
    else if (settleByNeeds(task, this.#course)) this.#flow(task);
    return task;
  }

  #work(task: SeedTask): void {
    const { inputs, outputs } = task.node.object;
    for (const [name, address] of this.#addresses(task, inputs)) task.needs.push(this.#need(name, address));
    for (const [output, address] of this.#addresses(task, outputs)) {
      const product = { id: this.#parts.nextId(), task, output, address };
      task.products.push(product);
      this.#products.set(address, product);
    }
    if (!settleByNeeds(task, this.#course)) return;
    this.#course.settle(task);
    if (task.state !== 'done') return;
    const { random } = this.#parts;
    task.passed = isFound(starOf(task.scope.metadata), random);
    task.published = publishedBy(task.type, task.scope.metadata, { passed: task.passed, random });
  }

  #need(name: string, address: string): Need {
    const product = this.#products.get(address);
    return { kind: 'input', name, address, producer: product?.task, productId: product?.id ?? null };
  }

  #addresses({ scope }: SeedTask, files: Value | undefined): [string, string][] {
    if (!isDict(files)) return [];
    return Object.entries(files).map(([name, file]) => [
      name,
      productAddress(scope.directory, fill(String(file), scope.metadata)),
    ]);
  }

  #flow(task: SeedTask): void {
    const { kind } = task.node;
    if (kind === 'for_loop') this.#expandLoop(task, task.at);
    else if (kind === 'conditional') this.#expandConditional(task, task.at);
    else if (kind === 'do_while') this.#repeat(task, task.at);
    else this.#expandChain(task, task.scope, task.at);
  }

  #expandChain(chain: SeedTask, scope: SeedScope, from: number): void {
    const named = new Map<string, SeedTask>();
    const children = chain.node.children.map((index, position) => {
      const node = this.#node(index);
      const child = this.#create(node, { parent: chain, scope, position, named, from });
      if (typeof node.object.name === 'string') named.set(node.object.name, child);
      return child;
    });
    closeFlow(chain, children, 0);
  }

  /** A body or a branch. */
  #body(node: DefinitionNode, place: Omit<Place, 'named'>): SeedTask {
    const body = this.#add(node, place);
    this.#expandChain(body, body.scope, place.from);
    return body;
  }

  #expandLoop(loop: SeedTask, from: number): void {
    if (this.#course.isFull) return; // ready, in the flow line
    const { scope, node } = loop;
    const { random } = this.#parts;
    const values = loopValues(node.object, { metadata: scope.metadata, requestedMetadata: dict(), random });
    const parameter = String(node.object.parameter);
    const children: SeedTask[] = [];
    const body = this.#node(node.children[0] ?? 0);
    for (let position = 0; position < values.count; position++) {
      if (this.#course.isFull || this.#course.isCancelled) break;
      const own = dict([
        [parameter, values.at(position)],
        [`${parameter}_index`, BigInt(position)],
      ]);
      const iteration = this.#addScope(scope.directory, merge(scope.metadata, own));
      children.push(this.#body(body, { parent: loop, scope: iteration, position, from }));
    }
    closeFlow(loop, children, values.count - children.length, this.#course);
  }

  #expandConditional(task: SeedTask, from: number): void {
    const chosen = task.needs.some(({ producer }) => producer?.passed) ? 0 : 1;
    const children = task.node.children.map((index, position) => {
      const place = { parent: task, scope: task.scope, position, from };
      if (position === chosen) return this.#body(this.#node(index), place);
      const branch = this.#add(this.#node(index), place);
      branch.state = 'not_taken';
      return branch;
    });
    closeFlow(task, children, 0);
  }

  #repeat(task: SeedTask, from: number): void {
    const children: SeedTask[] = [];
    const index = `${String(task.node.object.iteration_name)}_index`;
    for (let at = from; children.length < this.#parts.rounds; at = children.at(-1)?.at ?? from) {
      const metadata = merge(task.scope.metadata, dict([[index, BigInt(children.length + 1)]]));
      const scope = this.#addScope(task.scope.directory, metadata);
      const place = { parent: task, scope, position: children.length, from: at };
      children.push(this.#body(this.#node(task.node.children[0] ?? 0), place));
      if (children.at(-1)?.state !== 'done') break;
    }
    closeFlow(task, children, 0);
  }
}

function namesIn(value: Value | undefined): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.filter((each): each is string => typeof each === 'string');
}

const FORMATTED = /^'(.*)'\.format\(\*\*metadata\)$/s;

/** The text, or what it comes to where it is a template. */
function fill(text: string, metadata: Dict): string {
  const template = FORMATTED.exec(text)?.[1];
  if (template === undefined) return text;
  return template.replace(/\{(\w+)(?::0(\d+)d)?\}/g, (_all, key: string, digits = '0') =>
    String(metadata[key]).padStart(Number(digits), '0'),
  );
}
