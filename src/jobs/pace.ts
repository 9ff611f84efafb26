/**
 * How fast a forge is written to. GitHub: at most 80 content-creating requests a minute and 500 an hour for each installation, and beyond
 * that an ever longer refusal (REST documentation, "Rate limits", secondary limits). GitLab allows 300 notes a minute.
 */

export interface PaceLimits {
  readonly perMinute: number;
  readonly perHour: number;
  /** Between two writes to one slot. */
  readonly slotMilliseconds: number;
}

export const forgePace: PaceLimits = { perMinute: 80, perHour: 500, slotMilliseconds: 5_000 };

export interface Pace {
  /** Milliseconds until this account (an installation, or a whole forge) may write to this slot; 0 means now. */
  wait(account: string, slot: string, now: number): number;
  wrote(account: string, slot: string, now: number, requests: number): void;
  /** The forge said stop: nobody of this account writes for so long. */
  pause(account: string, milliseconds: number, now: number): void;
}

const minute = 60_000;
const hour = 3_600_000;

export function pace(limits: PaceLimits): Pace {
  const written = new Map<string, number[]>();
  const slots = new Map<string, number>();
  const paused = new Map<string, number>();

  /** Until fewer than `most` writes lie within the last `span`. */
  const until = (times: readonly number[], most: number, span: number, now: number): number => {
    const oldest = times.at(-most);
    return oldest === undefined ? 0 : Math.max(0, oldest + span - now);
  };

  return {
    wait(account, slot, now) {
      const times = written.get(account) ?? [];
      return Math.max(
        until(times, limits.perMinute, minute, now),
        until(times, limits.perHour, hour, now),
        (slots.get(slot) ?? -limits.slotMilliseconds) + limits.slotMilliseconds - now,
        (paused.get(account) ?? now) - now,
        0,
      );
    },
    wrote(account, slot, now, requests) {
      const recent = (written.get(account) ?? []).filter((time) => time > now - hour);
      written.set(account, [...recent, ...Array.from({ length: requests }, () => now)]);
      if (slots.size > 10_000)
        for (const [old, time] of slots) if (time < now - limits.slotMilliseconds) slots.delete(old);
      slots.set(slot, now);
    },
    pause(account, milliseconds, now) {
      paused.set(account, Math.max(paused.get(account) ?? 0, now + milliseconds));
    },
  };
}
