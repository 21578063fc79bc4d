/**
 * The OpenAPI 3.1 document of the API, made from the same definitions that answer: parameters and answers are the JSON Schema of
 * their zod schemas.
 */
import { z } from 'zod';
import { easelVersion } from '../core/runtime/package.ts';
import type { Action } from './action.ts';
import { parameterNames } from './page.ts';
import type { Resource } from './resource.ts';
import { apiPath } from './serve-resource.ts';

type Json = Record<string, unknown>;

export interface Described {
  readonly resources: readonly Resource[];
  readonly actions: readonly Action[];
}

const INTRODUCTION = `Everything that the dashboard's pages show and do. Times are milliseconds since 1970, UTC. Lists come by pages:
\`next\` is what to ask the following page with, null at the end. Who is not on the same machine, or where there are users, sends
\`Authorization: Bearer TOKEN\`; \`easel token add\` makes one. Errors are problem documents (RFC 9457).`;

export function openApi({ resources, actions }: Described): Json {
  const paths = [
    ...resources.map(
      (resource) => [templated(apiPath(resource.path)), { get: describeResource(resource) }] as const,
    ),
    ...actions.map((action) => [templated(action.path), { post: describeAction(action) }] as const),
  ];
  const byPath: Record<string, Json> = {};
  for (const [path, operation] of paths) byPath[path] = { ...byPath[path], ...operation };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Easel',
      version: easelVersion(),
      description: INTRODUCTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }, { session: [] }],
    paths: byPath,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'easel_session' },
      },
      schemas: { Problem: PROBLEM, Outcome: OUTCOME },
    },
  };
}

/** `/jobs/:job` -> `/jobs/{job}` */
const templated = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

function describeResource({ path, summary, query, answer, example, role, isTable }: Resource): Json {
  const json = { 'application/json': { schema: schemaOf(answer, 'output') } };
  return {
    ...head(path, summary, 'get', role),
    parameters: [...parameters(path, query, example), ...(isTable ? [CSV] : [])],
    responses: {
      200: {
        description: summary,
        content: isTable ? { ...json, 'text/csv': { schema: { type: 'string' } } } : json,
      },
      default: FAILED,
    },
  };
}

function describeAction({ path, summary, input, example, role }: Action): Json {
  const inPath = new Set(parameterNames(path));
  const {
    properties = {},
    required = [],
    ...schema
  } = schemaOf(input, 'input') as {
    properties?: Json;
    required?: string[];
  };
  const body = Object.fromEntries(Object.entries(properties).filter(([name]) => !inPath.has(name)));
  const dryRun = { type: 'boolean', default: false, description: 'only say what would be touched' };
  const content = {
    schema: {
      ...schema,
      properties: { ...body, dry_run: dryRun },
      required: required.filter((name) => !inPath.has(name)),
    },
    example: Object.fromEntries(Object.entries(example).filter(([name]) => !inPath.has(name))),
  };
  return {
    ...head(path, summary, 'post', role),
    parameters: parameters(path, input, example).filter(({ in: place }) => place === 'path'),
    requestBody: { content: { 'application/json': content } },
    responses: {
      200: {
        description: 'What was done, or would be',
        content: { 'application/json': { schema: ref('Outcome') } },
      },
      default: FAILED,
    },
  };
}

function head(path: string, summary: string, verb: string, role: string): Json {
  const words = path
    .replaceAll(/[:/_-]+/g, ' ')
    .trim()
    .split(' ')
    .filter((word) => word !== '');
  const name = words.length === 0 ? ['overview'] : words;
  return { operationId: [verb, ...name].join('_'), summary, tags: [name[0]], 'x-easel-role': role };
}

function parameters(path: string, query: z.ZodObject, example: Readonly<Record<string, unknown>>): Json[] {
  const inPath = new Set(parameterNames(path));
  const { properties = {} } = schemaOf(query, 'input') as { properties?: Record<string, Json> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    ...{ name, in: inPath.has(name) ? 'path' : 'query', required: inPath.has(name), schema },
    ...(description !== undefined && { description }),
    ...(example[name] !== undefined && { example: example[name] }),
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

const CSV = {
  ...{ name: 'format', in: 'query', required: false },
  schema: { enum: ['json', 'csv'], default: 'json' },
};

const PROBLEM = {
  type: 'object',
  properties: {
    status: { type: 'integer' },
    title: { type: 'string' },
    detail: { type: 'string' },
    code: { type: 'string' },
    problems: { description: 'of a job file: all that is wrong with it' },
  },
  required: ['status', 'title', 'detail', 'code'],
};

const OUTCOME = {
  type: 'object',
  properties: {
    dry_run: { type: 'boolean' },
    gist: { type: 'string', description: 'what was done, or would be, as a sentence' },
    details: { type: 'array', items: { type: 'string' } },
    data: { type: 'object' },
  },
  required: ['dry_run', 'gist', 'details', 'data'],
};

const FAILED = {
  description: 'It failed, or was refused',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};
