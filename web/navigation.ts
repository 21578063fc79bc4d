/** The pages that the frame leads to. */
import { mayActAs, type Role } from '../core/model/roles.ts';

interface Entry {
  readonly path: string;
  readonly label: string;
  readonly role?: Role;
}

interface Section {
  readonly label: string;
  readonly entries: readonly Entry[];
}

const SECTIONS: readonly Section[] = [
  {
    label: 'Work',
    entries: [
      { path: '/', label: 'Overview' },
      { path: '/jobs', label: 'Jobs' },
      { path: '/activity', label: 'Activity' },
      { path: '/queue', label: 'Queue' },
    ],
  },
  {
    label: 'Results',
    entries: [
      { path: '/products', label: 'Products' },
      { path: '/pass-fail', label: 'Pass/fail' },
      { path: '/timings', label: 'Timings' },
    ],
  },
  {
    label: 'Trouble',
    entries: [
      { path: '/errors', label: 'Errors' },
      { path: '/logs', label: 'Logs' },
    ],
  },
  {
    label: 'System',
    entries: [
      { path: '/workers', label: 'Workers' },
      { path: '/task-types', label: 'Task types' },
      { path: '/api', label: 'API' },
      { path: '/audit', label: 'Audit', role: 'admin' },
      { path: '/users', label: 'Users', role: 'admin' },
    ],
  },
];

/** What this role may see. */
export function navigationFor(role: Role): Section[] {
  return SECTIONS.map(({ label, entries }) => ({
    label,
    entries: entries.filter((entry) => mayActAs(role, entry.role ?? 'viewer')),
  }));
}
