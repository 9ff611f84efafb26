/** What is said between a control plane's owner and its supervisor process. */
import { isJsonObject } from '../../domain/json.ts';

/** Owner to supervisor: run this process until the channel closes. */
export interface Start {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Its working folder. */
  readonly folder: string;
  /** Where its output is appended to. */
  readonly logFile: string;
}

/** Supervisor to owner. `ended` is sent only for a process that nobody asked to end. */
export type SupervisorMessage =
  | { readonly kind: 'started'; readonly name: string; readonly pid: number }
  | { readonly kind: 'ended'; readonly name: string; readonly why: string };

/** Reads a `Start`; throws on anything else, which is a bug in the owner. */
export function parseStart(message: unknown): Start {
  if (isJsonObject(message)) {
    const { name, file, args, folder, logFile } = message;
    if (
      typeof name === 'string' &&
      typeof file === 'string' &&
      typeof folder === 'string' &&
      typeof logFile === 'string' &&
      Array.isArray(args) &&
      args.every((arg) => typeof arg === 'string')
    ) {
      return { name, file, args, folder, logFile };
    }
  }
  throw new Error('not a start message');
}

/** Reads a `SupervisorMessage`; throws on anything else, which is a bug in the supervisor. */
export function parseSupervisorMessage(message: unknown): SupervisorMessage {
  if (isJsonObject(message) && typeof message['name'] === 'string') {
    const { kind, name, pid, why } = message;
    if (kind === 'started' && typeof pid === 'number') return { kind, name, pid };
    if (kind === 'ended' && typeof why === 'string') return { kind, name, why };
  }
  throw new Error('not a message of the supervisor');
}
