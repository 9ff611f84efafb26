/** One line of `fairlead doctor`: what was looked at, how it is, and what to do about it. */
import type { Evidence } from '../../domain/evidence.ts';

export interface Examined {
  readonly subject: string;
  readonly ok: boolean;
  readonly detail: string;
  /** A sentence; only where something is wrong. */
  readonly fix?: string;
}

export function good(subject: string, detail: string): Examined {
  return { subject, ok: true, detail };
}

export function bad(subject: string, detail: string, fix: string): Examined {
  return { subject, ok: false, detail, fix };
}

/** What is known is judged by `judge`; what is not known is wrong. */
export function examine<T>(
  subject: string,
  evidence: Evidence<T>,
  fix: string,
  judge: (value: T) => Examined,
): Examined {
  return evidence.known ? judge(evidence.value) : bad(subject, evidence.detail, fix);
}

/** A table for a terminal. */
export function tableOf(lines: readonly Examined[]): string {
  const width = Math.max(0, ...lines.map(({ subject }) => subject.length));
  return lines
    .flatMap(({ subject, ok, detail, fix }) => [
      `${ok ? '✔' : '✘'} ${subject.padEnd(width)}  ${detail}`,
      ...(fix === undefined ? [] : [`${' '.repeat(width + 4)}→ ${fix}`]),
    ])
    .join('\n');
}
