/** Secrets from where the operator file says they are: an environment variable or a file. Their values appear in no message. */
import { createPrivateKey } from 'node:crypto';
import type { ConfigProblem } from '../domain/schema-violation.ts';
import type { SecretReference } from './operator-file.ts';

/** Where values outside the operator file come from. `readFile` takes an absolute path and throws when it cannot. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  /** Makes a path of the operator file absolute. */
  readonly resolve: (path: string) => string;
}

export type Lookup =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: ConfigProblem };

/** The value without the line break that files end in. */
export function lookUp(reference: SecretReference, path: readonly string[], around: Surroundings): Lookup {
  const refuse = (what: string, fix: string): Lookup => ({ ok: false, problem: { path, what, fix } });
  let value: string | undefined;
  if ('env' in reference) {
    value = around.env[reference.env];
    if (value === undefined || value.trim() === '') {
      return refuse(`the environment variable ${reference.env} is not set`, 'Set it before the start.');
    }
  } else {
    try {
      value = around.readFile(around.resolve(reference.file));
    } catch {
      return refuse(`the file ${reference.file} cannot be read`, 'Correct the path, or who may read it.');
    }
    if (value.trim() === '') {
      return refuse(`the file ${reference.file} is empty`, 'Put the secret into it.');
    }
  }
  return { ok: true, value: value.trim() };
}

const shortestWebhookSecret = 16;

/** A webhook secret that can be guessed is none (H7). */
export function webhookSecretProblem(value: string): string | undefined {
  if (value.toLowerCase() === 'development') {
    return 'the webhook secret is the well-known default "development"';
  }
  return value.length < shortestWebhookSecret
    ? `the webhook secret has fewer than ${shortestWebhookSecret} characters`
    : undefined;
}

/** A private key in PEM form; `\n` written out, as some environments demand, becomes a line break. Undefined when it is none. */
export function privateKeyPem(value: string): string | undefined {
  const pem = value.includes('\n') ? value : value.replaceAll(String.raw`\n`, '\n').trim();
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa' ? pem : undefined;
  } catch {
    return undefined;
  }
}
