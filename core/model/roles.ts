/**
 * What people and programs may do on the dashboard: a viewer looks at everything, an operator also acts on jobs, tasks and the
 * queue, an admin also sees to users. Each role may do all that those before it may.
 */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

export function mayActAs(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What both may do. */
export function lowerRole(one: Role, other: Role): Role {
  return mayActAs(one, other) ? other : one;
}
