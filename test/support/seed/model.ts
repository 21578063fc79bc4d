/** What the parts of the seed hand to one another: tasks and attempts of a job as they will stand in their rows. */
import type { DependencyKind } from '../../../core/db/tables.ts';
import type { DefinitionNode } from '../../../core/model/definition.ts';
import type { AttemptState, ExitClass, TaskState } from '../../../core/model/states.ts';
import type { Dict } from '../../../core/model/values.ts';

export interface SeedScope {
  readonly id: number;
  readonly directory: string;
  readonly metadata: Dict;
}

export interface SeedProduct {
  readonly id: number;
  readonly task: SeedTask;
  readonly output: string;
  readonly address: string;
}

export interface Need {
  readonly kind: DependencyKind;
  readonly name: string;
  readonly address: string | null;
  /** Undefined: not created yet. */
  readonly producer: SeedTask | undefined;
  readonly productId: number | null;
}

export interface SeedAttempt {
  readonly id: number;
  readonly state: AttemptState;
  readonly workerId: number | null;
  readonly queuedAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly exitClass: ExitClass | null;
  readonly error: string | null;
}

export interface SeedTask {
  readonly id: number;
  readonly parent: SeedTask | undefined;
  readonly position: number;
  readonly node: DefinitionNode;
  readonly scope: SeedScope;
  readonly type: string;
  readonly needs: Need[];
  readonly products: SeedProduct[];
  readonly attempts: SeedAttempt[];
  state: TaskState;
  unmet: number;
  open: number;
  bad: number;
  created: number;
  uncreated: number;
  /** A loop that has iterations left to create. */
  inLine: boolean;
  triedFrom: number;
  cause: number | null;
  reason: string | null;
  /** When it will be tried again. */
  dueInMs: number | null;
  /** Since when it could be tried, or, of one that has ended, when it did; on the clock of the job. */
  at: number;
  /** JSON text of what it has published. */
  published: string | null;
  /** Whether a search has found something. */
  passed: boolean;
}

/** How a job ended, or how far it has come. */
export interface Fate {
  readonly end: 'succeeded' | 'failed' | 'cancelled' | 'running';
  /** Of its work tasks, before it was cancelled or until now. */
  readonly share: number;
}

export interface JobHead {
  readonly id: number;
  readonly name: string;
  readonly priority: number;
  /** Canonical JSON text. */
  readonly definition: string;
  readonly submittedAt: number;
}
