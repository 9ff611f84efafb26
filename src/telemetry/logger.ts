/** The logger: JSON lines without secrets. Foreign text reaches a terminal or a log store only as plain characters (H90, H109). */
import { pino, type DestinationStream, type Logger } from 'pino';

/** Fields that never hold anything but a secret, at the top and one level down. */
const secretFields = [
  'token',
  'secret',
  'password',
  'privateKey',
  'authorization',
  'Authorization',
  'cookie',
  'headers',
];
/** What GitHub's and GitLab's tokens, JWTs, keys and credentials in URLs look like, for text that should not have held one. */
const secretPatterns: readonly (readonly [RegExp, string])[] = [
  [/\b(?:gh[opsur]_[A-Za-z0-9_]{20,}|github_pat_\w{20,}|gl[a-z]{2,5}-[\w-]{20,})/g, '[token]'],
  [/\bv1\.[0-9a-f]{40}\b/g, '[token]'],
  [/\beyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?/g, '[token]'],
  [/\b(basic|bearer|token)\s+[A-Za-z0-9+/=_.-]{16,}/gi, '$1 [token]'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[key]'],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[credentials]@'],
];
const longestText = 4_000;
const deepest = 6;

export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Where lines go; standard output by default. */
  readonly destination?: DestinationStream;
}

export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => cleanFields(fields),
    },
    hooks: {
      logMethod(this: Logger, args: Parameters<pino.LogFn>, method: pino.LogFn) {
        const cleaned = args.map((arg: unknown) => (typeof arg === 'string' ? cleanText(arg) : arg));
        Reflect.apply(method, this, cleaned);
      },
    },
  };
  return options.destination === undefined ? pino(settings) : pino(settings, options.destination);
}

/** Without secrets, control characters (ANSI sequences begin with one) and direction marks; at most 4,000 characters. */
export function cleanText(text: string): string {
  const whole = text.length > longestText * 4 ? text.slice(0, longestText * 4) : text;
  let clean = whole;
  for (const [pattern, instead] of secretPatterns) clean = clean.replace(pattern, instead);
  clean = clean
    // ANSI first, so that its letters go together with the escape character.
    .replace(/\p{Cc}\[[0-?]*[ -/]*[@-~]/gu, '')
    .replace(/[^\P{Cc}\n\t]|[\u202A-\u202E\u2066-\u2069\u200B-\u200F]/gu, '');
  return clean.length > longestText ? `${clean.slice(0, longestText)}… (${text.length} characters)` : clean;
}

function cleanFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, clean(value, 0)]));
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (value instanceof Error)
    return { name: value.name, message: cleanText(value.message), stack: cleanText(value.stack ?? '') };
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= deepest) return '[deeper]';
  if (Array.isArray(value)) return value.slice(0, 100).map((item) => clean(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner, depth + 1)]));
}
