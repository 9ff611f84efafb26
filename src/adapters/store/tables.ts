/** The tables of the schema `fairlead` as Kysely sees them. Only migrations.ts makes or changes them. */
import type { ColumnType, Generated } from 'kysely';

/**
 * Written as text, read back parsed. The columns are `json`, not `jsonb`: foreign text may hold `\u0000` or half a surrogate pair, which `jsonb`
 * refuses and `json` keeps as it came (H90).
 */
type JsonColumn = ColumnType<unknown, string, string>;

/** Set by the database clock or by an RFC 3339 text. */
type Instant = ColumnType<Date, Date | string | undefined, Date | string>;

interface DeliveryTable {
  /** SHA-256 of the content key, so that its length and its characters do not matter. */
  readonly content_key: string;
  readonly id: string;
  readonly event: string;
  readonly received_at: Instant;
}

interface PlanTable {
  readonly token: string;
  readonly forge: string;
  readonly repository_id: string;
  readonly number: number;
  readonly environment: string;
  readonly pull_request: JsonColumn;
  readonly plan: JsonColumn;
  /** Place among the plans of its pull request. */
  readonly position: number;
  readonly saved_at: Instant;
  /** Since when another plan is shown in its place; null while it is the one shown. */
  readonly hidden_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
}

interface PlannedHeadTable {
  readonly forge: string;
  readonly repository_id: string;
  readonly number: number;
  readonly head: string;
  readonly saved_at: Instant;
}

interface EnvironmentTable {
  readonly key: string;
  readonly settled: string | null;
  readonly attempted: string | null;
  readonly quarantine_commit: string | null;
  readonly quarantine_kind: string | null;
  readonly drift: string;
}

interface BoundRepositoryTable {
  readonly name: string;
  readonly id: string;
}

interface DeploymentTable {
  readonly id: Generated<number>;
  readonly environment: string;
  readonly state: string;
  /** The deployment without its number. */
  readonly body: JsonColumn;
}

interface LeaseTable {
  readonly environment: string;
  /** Null when nobody has it; the row stays, so that a fence is never used twice. */
  readonly owner: string | null;
  readonly fence: ColumnType<string, number, number>;
  readonly expires_at: Instant;
}

interface HeldPlanTable {
  readonly environment: string;
  readonly plan: JsonColumn;
  readonly token: string;
}

interface ReleaseTable {
  readonly id: Generated<number>;
  readonly environment: string;
  readonly release: JsonColumn;
  readonly recorded_at: Instant;
}

interface OutboxTable {
  readonly slot: string;
  readonly version: number;
  /** Null once sent: the digest is enough to know the words again. */
  readonly words: ColumnType<unknown, string, string | null>;
  readonly digest: string;
  readonly state: 'waiting' | 'sent' | 'given-up';
  readonly attempts: number;
  /** When the slot began to wait; newer words in it do not lose the place in the queue. */
  readonly waiting_since: Instant;
  readonly due_at: Instant;
  /** The version a sender has in hand, and until when we believe that it is alive. */
  readonly in_flight: number | null;
  readonly in_flight_until: ColumnType<Date | null, Date | null | undefined, Date | null>;
  readonly why: string | null;
}

export interface Tables {
  readonly delivery: DeliveryTable;
  readonly plan: PlanTable;
  readonly planned_head: PlannedHeadTable;
  readonly environment: EnvironmentTable;
  readonly bound_repository: BoundRepositoryTable;
  readonly deployment: DeploymentTable;
  readonly lease: LeaseTable;
  readonly held_plan: HeldPlanTable;
  readonly release: ReleaseTable;
  readonly outbox: OutboxTable;
}
