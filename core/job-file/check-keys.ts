/**
 * Checks of one object against the tables: reserved keys and their basic form, and what the registry says of the
 * task type. A key that is nearly a reserved one is an error; a setting nobody knows is a warning, because
 * files that ran before must go on being valid.
 */
import { isExpression } from '../model/expression/expression.ts';
import { literalOf, matchesShape } from '../model/shape.ts';
import { FLOW_TYPES, isFlowType, type TaskType } from '../model/task-type.ts';
import { type Dict, isDict } from '../model/values.ts';
import { ACCEPTS } from './accepts.ts';
import type { Check } from './check.ts';
import { FLOW_KEYS, type KeyRules, RESERVED_KEYS, ROOT_KEYS, slipOf, TASK_KEYS } from './keys.ts';
import { type Path, quote } from './problem.ts';
import type { TaskNode } from './task-tree.ts';

export function checkRootKeys(root: Dict, check: Check): void {
  checkRules(root, [], ROOT_KEYS, check);
  const type = root.task;
  if (type !== undefined && type !== 'execution_chain') {
    check.findings.error({
      path: ['task'],
      message: 'the file itself is a chain: tasks stand in its task_list',
    });
  }
  for (const key of Object.keys(root)) {
    if (Object.hasOwn(ROOT_KEYS, key) || key === 'task') continue;
    const near = { word: key, among: Object.keys(ROOT_KEYS) };
    const path = [key];
    if (slipOf(key, near.among) !== undefined) {
      check.findings.error({ path, message: 'unknown key', part: 'key', near });
    } else check.findings.warn({ path, message: 'unknown key, which has no effect', part: 'key', near });
  }
}

export function checkTaskKeys(node: TaskNode, check: Check): void {
  const type = literalOf(node.type);
  if (type !== undefined && isFlowType(type)) {
    const rules = { ...TASK_KEYS, ...FLOW_KEYS[type] };
    checkRules(node.object, node.path, rules, check);
    for (const key of unknownKeys(node.object, rules)) checkFlowKey(key, node, rules, check);
    return;
  }
  checkRules(node.object, node.path, TASK_KEYS, check);
  const types = typesOf(node, check);
  for (const key of unknownKeys(node.object, TASK_KEYS)) checkSetting(key, node, types, check);
  checkPorts('inputs', node, types, check);
  checkPorts('outputs', node, types, check);
}

function checkRules(object: Dict, path: Path, rules: KeyRules, { findings }: Check): void {
  for (const [key, rule] of Object.entries(rules)) {
    const value = object[key];
    if (value === undefined) {
      if (!rule.required || hasSlipOf(key, object, rules)) continue;
      findings.error({ path, message: `the key ${quote(key)} is missing` });
      continue;
    }
    if (rule.planned) {
      findings.warn({
        path: [...path, key],
        message: `${quote(key)} is reserved, and has no effect yet`,
        part: 'key',
      });
    }
    for (const fault of ACCEPTS[rule.accepts].faults(value)) {
      findings.error({ path: [...path, key, ...fault.path], message: fault.message });
    }
  }
}

/** Then the slip is reported, and one message is enough. */
function hasSlipOf(name: string, object: Dict, rules: KeyRules): boolean {
  return Object.keys(object).some((key) => !Object.hasOwn(rules, key) && slipOf(key, [name]) !== undefined);
}

function unknownKeys(object: Dict, rules: KeyRules): string[] {
  return Object.keys(object).filter((key) => !Object.hasOwn(rules, key) && !isExpression(key));
}

function checkFlowKey(key: string, node: TaskNode, rules: KeyRules, { findings }: Check): void {
  const path = [...node.path, key];
  const owner = FLOW_TYPES.find((each) => Object.hasOwn(FLOW_KEYS[each], key));
  const near = { word: key, among: Object.keys(rules) };
  if (owner !== undefined) {
    const message = `${quote(key)} belongs to ${owner}, not to ${literalOf(node.type)}`;
    findings.error({ path, message, part: 'key' });
  } else if (slipOf(key, near.among) !== undefined) {
    findings.error({ path, message: 'unknown key', part: 'key', near });
  } else findings.warn({ path, message: 'unknown key, which has no effect', part: 'key', near });
}

/** The types the task can turn out to have; none when that is an error, which is reported here. */
function typesOf(node: TaskNode, { registry, findings }: Check): TaskType[] {
  if (typeof node.object.task !== 'string') return [];
  const literal = literalOf(node.type);
  const known = literal === undefined ? undefined : registry.get(literal);
  if (known !== undefined) return [known];
  const path = [...node.path, 'task'];
  if (literal !== undefined) {
    const near = { word: literal, among: [...registry.keys(), ...FLOW_TYPES] };
    findings.error({ path, message: `no task type is called ${quote(literal)}`, near });
    return [];
  }
  const types = [...registry.values()].filter(({ name }) => matchesShape(name, node.type));
  if (types.length === 0) {
    const pattern = node.type.map((part) => part ?? '*').join('');
    findings.error({ path, message: `no task type has a name like ${quote(pattern)}` });
  }
  return types;
}

function checkSetting(key: string, node: TaskNode, types: readonly TaskType[], { findings }: Check): void {
  const path = [...node.path, key];
  if (types.length === 0 || types.some((type) => Object.hasOwn(type.settings, key))) {
    checkSettingKeys(key, node, types, findings);
    return;
  }
  if (key === 'task_list' || key === 'else_task_list' || key === 'requires_metadata_from_child') {
    findings.error({
      path,
      message: `only ${ownersOf(key)} has ${key}; this task runs no other tasks`,
      part: 'key',
    });
    return;
  }
  const free = types.some((type) => type.any_settings);
  const near = {
    word: key,
    among: [...types.flatMap((type) => Object.keys(type.settings)), ...Object.keys(TASK_KEYS)],
  };
  const slip = slipOf(key, Object.keys(TASK_KEYS)) !== undefined;
  if (slip && !free) findings.error({ path, message: 'unknown key', part: 'key', near });
  else if (slip) findings.warn({ path, message: 'the key is taken as a setting', part: 'key', near });
  else if (!free) {
    const message = RESERVED_KEYS.has(key)
      ? `${quote(key)} has no effect on this type of task`
      : `no setting of ${types.map((type) => type.name).join(', ')}`;
    findings.warn({ path, message, part: 'key', near });
  }
}

function ownersOf(key: string): string {
  return FLOW_TYPES.filter((type) => Object.hasOwn(FLOW_KEYS[type], key)).join(', ');
}

function checkSettingKeys(
  key: string,
  node: TaskNode,
  types: readonly TaskType[],
  findings: Check['findings'],
): void {
  const value = node.object[key];
  const known = types
    .map((type) => (Object.hasOwn(type.settings, key) ? type.settings[key]?.keys : undefined))
    .filter((keys) => keys !== undefined);
  if (!isDict(value) || known.length === 0 || known.length < types.length) return;
  const names = known.flatMap((keys) => Object.keys(keys));
  for (const each of Object.keys(value)) {
    if (names.includes(each) || isExpression(each)) continue;
    const near = { word: each, among: names };
    findings.warn({ path: [...node.path, key, each], message: `no key of ${quote(key)}`, part: 'key', near });
  }
}

function checkPorts(
  side: 'inputs' | 'outputs',
  node: TaskNode,
  types: readonly TaskType[],
  check: Check,
): void {
  const given = node.object[side] ?? {};
  if (types.length === 0 || !isDict(given)) return;
  const names = Object.keys(given);
  const what = side.slice(0, -1);
  const every = types.flatMap((type) => Object.keys(type[side]));
  const free = types.some((type) => (side === 'inputs' ? type.any_inputs : type.any_outputs));
  if (names.some(isExpression)) return;
  const required = new Set(every.filter((name) => types.every((type) => type[side][name]?.required)));
  for (const name of required) {
    if (names.includes(name)) continue;
    const path = node.object[side] === undefined ? node.path : [...node.path, side];
    check.findings.error({
      path,
      message: `the ${what} ${quote(name)} of ${labelOfTypes(types)} is missing`,
    });
  }
  for (const name of names) {
    if (free || every.includes(name)) continue;
    const near = { word: name, among: every };
    const message = `${labelOfTypes(types)} has no ${what} of this name`;
    check.findings.warn({ path: [...node.path, side, name], message, part: 'key', near });
  }
}

function labelOfTypes(types: readonly TaskType[]): string {
  return types.map((type) => type.name).join(', ');
}
