/** The JSON Schema of the job format, for editors, made from the same tables as the validator. */
import { FLOW_TYPES, type FlowType } from '../model/task-type.ts';
import { ACCEPTS, type JsonSchema } from './accepts.ts';
import { FLOW_KEYS, type KeyRules, ROOT_KEYS, TASK_KEYS } from './keys.ts';
import { PARAMETER_TYPES } from './parameters.ts';

/** Draft 2020-12. Settings of task types are not described: they depend on the installed registry. */
export function jobFileSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Easel job file',
    description: 'A chain of tasks. A text that starts with a bracket or a quote is an expression.',
    type: 'object',
    properties: properties(ROOT_KEYS),
    required: required(ROOT_KEYS),
    $defs: { task: taskSchema(), parameter: parameterSchema() },
  };
}

function taskSchema(): JsonSchema {
  return {
    type: 'object',
    properties: {
      ...properties(TASK_KEYS),
      task: {
        description: TASK_KEYS.task?.description,
        anyOf: [{ enum: [...FLOW_TYPES, 'command', 'null', 'error'] }, ACCEPTS.label.schema],
      },
    },
    required: required(TASK_KEYS),
    allOf: FLOW_TYPES.map((type) => ({
      if: { properties: { task: { const: type } }, required: ['task'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema; the object is never awaited
      then: flowSchema(type),
    })),
  };
}

function flowSchema(type: FlowType): JsonSchema {
  const rules = FLOW_KEYS[type];
  const schema = { properties: properties(rules), required: required(rules) };
  if (type !== 'execution_for_loop') return schema;
  return { ...schema, oneOf: ['values', 'linear_range', 'log_range'].map((key) => ({ required: [key] })) };
}

function parameterSchema(): JsonSchema {
  return {
    type: 'object',
    properties: {
      type: { enum: PARAMETER_TYPES },
      default: { description: 'The value when none is given at submission.' },
      description: { type: 'string' },
    },
    additionalProperties: false,
  };
}

function properties(rules: KeyRules): JsonSchema {
  return Object.fromEntries(
    Object.entries(rules).map(([key, { accepts, description }]) => [
      key,
      { description, ...ACCEPTS[accepts].schema },
    ]),
  );
}

function required(rules: KeyRules): string[] {
  return Object.entries(rules).flatMap(([key, rule]) => (rule.required ? [key] : []));
}
