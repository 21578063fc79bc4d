/**
 * An action is something that can be done. From its one definition come the page that says what it would touch and asks,
 * the POST that does it, the call of the API and its entry in the OpenAPI document.
 */
import type { z } from 'zod';
import type { Role } from '../core/model/roles.ts';
import type { WebParts } from './parts.ts';
import { readInput } from './resource.ts';

export interface Plan {
  /** What would be touched, as a sentence. */
  readonly gist: string;
  readonly details?: readonly string[];
  /** The same for programs. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** There is nothing to do: no button is shown. */
  readonly isIdle?: boolean;
}

export interface Done {
  readonly gist: string;
  /** The page to look at next. */
  readonly location: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the form asks beside the confirmation. */
export interface Field {
  readonly name: string;
  readonly label: string;
  readonly kind: 'checkbox' | 'text' | 'number';
  readonly hint?: string;
}

export interface ActionDefinition<Input extends z.ZodObject> {
  readonly path: string;
  readonly summary: string;
  /** On the button. */
  readonly verb: string;
  readonly role?: Role;
  /** Ends or discards something: the button says so by its colour. */
  readonly isDestructive?: boolean;
  readonly input: Input;
  readonly fields?: readonly Field[];
  readonly example: Readonly<Record<string, unknown>>;
  title(input: z.output<Input>): string;
  plan(parts: WebParts, input: z.output<Input>): Promise<Plan>;
  perform(parts: WebParts, input: z.output<Input>, person: string): Promise<Done>;
}

export interface Order {
  readonly input: Readonly<Record<string, unknown>>;
  readonly title: string;
  plan(): Promise<Plan>;
  perform(person: string): Promise<Done>;
}

export interface Action {
  readonly path: string;
  readonly summary: string;
  readonly verb: string;
  readonly role: Role;
  readonly isDestructive: boolean;
  readonly input: z.ZodObject;
  readonly fields: readonly Field[];
  readonly example: Readonly<Record<string, unknown>>;
  /** @param given parameters of the path, and fields of the form or keys of the JSON body */
  order(parts: WebParts, given: Readonly<Record<string, unknown>>): Order;
}

export function defineAction<Input extends z.ZodObject>(definition: ActionDefinition<Input>): Action {
  const { path, summary, verb, role = 'operator', isDestructive = false } = definition;
  const { input: schema, fields = [], example } = definition;
  return {
    ...{ path, summary, verb, role, isDestructive, input: schema, fields, example },
    order(parts, given) {
      const input = readInput(schema, given);
      return {
        input,
        title: definition.title(input),
        plan: () => definition.plan(parts, input),
        perform: (person) => definition.perform(parts, input, person),
      };
    },
  };
}
