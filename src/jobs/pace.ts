/**
 * How fast a forge is written to. GitHub: at most 80 content-creating requests a minute and 500 an hour for each installation, and 900 points a
 * minute, of which a write costs 5 and a read 1; beyond that an ever longer refusal (REST documentation, "Rate limits", secondary limits).
 * GitLab allows 300 notes a minute.
 */

export interface PaceLimits {
  /** Requests that make something new: a comment, an issue, a check run, a deployment. */
  readonly createdPerMinute: number;
  readonly createdPerHour: number;
  /** All writing requests; each is taken to come with two reads. */
  readonly writtenPerMinute: number;
  /** Between a write to a slot and news of progress there. What is final does not wait. */
  readonly progressMilliseconds: number;
}

export const forgePace: PaceLimits = {
  createdPerMinute: 80,
  createdPerHour: 500,
  writtenPerMinute: 120,
  progressMilliseconds: 5_000,
};

/** What is about to be written: one slot of an account (an installation, or a whole forge). */
export interface Writing {
  readonly account: string;
  readonly slot: string;
  /** Soon followed by something newer, and worth nothing then. */
  readonly progress: boolean;
}

export interface Pace {
  /** Milliseconds until it may be written; 0 means now. */
  wait(writing: Writing, now: number): number;
  /** The first write to a slot that is known of counts as making something new. */
  wrote(writing: Writing, now: number, requests: number): void;
  /** The forge said stop: nobody of this account writes for so long. */
  pause(account: string, milliseconds: number, now: number): void;
}

const minute = 60_000;
const hour = 3_600_000;
/** Slots whose last write is remembered; one that is forgotten counts as new again. */
const slotsKnown = 20_000;

export function pace(limits: PaceLimits): Pace {
  const created = new Map<string, number[]>();
  const written = new Map<string, number[]>();
  const slots = new Map<string, number>();
  const paused = new Map<string, number>();

  /** Until fewer than `most` writes lie within the last `span`. */
  const until = (times: readonly number[], most: number, span: number, now: number): number => {
    const oldest = times.at(-most);
    return oldest === undefined ? 0 : Math.max(0, oldest + span - now);
  };
  const note = (times: Map<string, number[]>, account: string, span: number, now: number, count: number): void => {
    const recent = (times.get(account) ?? []).filter((time) => time > now - span);
    times.set(account, [...recent, ...Array.from({ length: count }, () => now)]);
  };

  return {
    wait({ account, progress, slot }, now) {
      const last = slots.get(slot);
      const made = created.get(account) ?? [];
      const isNew = last === undefined;
      return Math.max(
        isNew ? until(made, limits.createdPerMinute, minute, now) : 0,
        isNew ? until(made, limits.createdPerHour, hour, now) : 0,
        until(written.get(account) ?? [], limits.writtenPerMinute, minute, now),
        progress && last !== undefined ? last + limits.progressMilliseconds - now : 0,
        (paused.get(account) ?? now) - now,
        0,
      );
    },
    wrote({ account, slot }, now, requests) {
      if (!slots.has(slot)) note(created, account, hour, now, 1);
      note(written, account, minute, now, requests);
      // Last in the map is last written.
      slots.delete(slot);
      slots.set(slot, now);
      for (const oldest of slots.keys()) {
        if (slots.size <= slotsKnown) break;
        slots.delete(oldest);
      }
    },
    pause(account, milliseconds, now) {
      paused.set(account, Math.max(paused.get(account) ?? 0, now + milliseconds));
    },
  };
}
