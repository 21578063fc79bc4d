/**
 * A resource is something that can be looked at. From its one definition come the page, the same as JSON or CSV
 * (`?format=`), the call of the API and its entry in the OpenAPI document, so that none of them can drift from the others.
 */
import { z } from 'zod';
import { EaselError } from '../core/model/errors.ts';
import type { Role } from '../core/model/roles.ts';
import type { WebParts } from './parts.ts';

export type Cell = string | number | boolean | null;
/** A row of a table: column -> value. */
export type Row = Readonly<Record<string, Cell>>;

export interface ResourceDefinition<Query extends z.ZodObject, Answer extends z.ZodType> {
  /** `/jobs/:job`; the API has the same path below `/api/v1`. */
  readonly path: string;
  readonly summary: string;
  /** Parameters of the path and of the query string, read from text. */
  readonly query: Query;
  readonly answer: Answer;
  /** Parameters with which the OpenAPI document shows how it is called. */
  readonly example: Readonly<Record<string, string>>;
  /** A viewer may look at it unless said otherwise. */
  readonly role?: Role;
  /** Of `views/`, without its ending. */
  readonly view: string;
  /** What `?fragment=` gives of the page, for its own scripts: files of `views/fragments/`. */
  readonly fragments?: readonly string[];
  /** Parts of the page that are sent again when they change: files of `views/regions/`. */
  readonly regions?: readonly string[];
  title(answer: z.output<Answer>, query: z.output<Query>): string;
  read(parts: WebParts, query: z.output<Query>): Promise<z.output<Answer>>;
  /** Its rows as a table, when it is one: what `?format=csv` gives. */
  rows?(answer: z.output<Answer>): readonly Row[];
}

export interface Answered {
  readonly data: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly title: string;
  readonly rows: readonly Row[] | undefined;
}

export interface Resource {
  readonly path: string;
  readonly summary: string;
  readonly query: z.ZodObject;
  readonly answer: z.ZodType;
  readonly example: Readonly<Record<string, string>>;
  readonly role: Role;
  readonly view: string;
  readonly regions: readonly string[];
  readonly fragments: readonly string[];
  readonly isTable: boolean;
  /** @param given parameters as they came, text */
  ask(parts: WebParts, given: Readonly<Record<string, unknown>>): Promise<Answered>;
}

export function defineResource<Query extends z.ZodObject, Answer extends z.ZodType>(
  definition: ResourceDefinition<Query, Answer>,
): Resource {
  const { path, summary, query, answer, example, role = 'viewer', view, regions = [] } = definition;
  const { fragments = [] } = definition;
  return {
    ...{ path, summary, query, answer, example, role, view, regions, fragments },
    isTable: definition.rows !== undefined,
    async ask(parts, given) {
      const asked = readInput(query, given);
      const data = await definition.read(parts, asked);
      return { data, query: asked, title: definition.title(data, asked), rows: definition.rows?.(data) };
    },
  };
}

/** Checked and converted; what is wrong is told by name. */
export function readInput<Input extends z.ZodObject>(
  schema: Input,
  given: Readonly<Record<string, unknown>>,
): z.output<Input> {
  const parsed = schema.safeParse(withoutEmpty(given));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  throw new EaselError('usage', wrong.join('; '));
}

/** A field of a form that was left empty asks for nothing. */
function withoutEmpty(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

/** Ids of rows, from the text of a URL. */
export const id = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A check box that is ticked, or a boolean of JSON. */
export const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
  .default(false);

/** How many rows a page holds. */
export const limit = (usual: number, most = 1_000) => z.coerce.number().int().min(1).max(most).default(usual);
