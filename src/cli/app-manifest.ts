/** app.yml, the GitHub App's manifest: what Fairlead asks for. Sent to GitHub by `setup`, compared with what was granted by `doctor`. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject } from '../domain/json.ts';

export interface AppManifest {
  readonly name: string;
  readonly description: string;
  readonly url: string;
  readonly public: boolean;
  readonly default_events: readonly string[];
  readonly default_permissions: Readonly<Record<string, string>>;
}

/** It lies at the root of the package, next to src/ and to dist/. */
const place = new URL('../../app.yml', import.meta.url);

/** Throws when the file is not there or not a manifest: the installation is damaged. */
export function readAppManifest(): AppManifest {
  const value: unknown = parse(readFileSync(place, 'utf8'));
  if (!isManifest(value)) throw new Error(`${place.pathname} is not a GitHub App manifest; install Fairlead again`);
  return value;
}

function isManifest(value: unknown): value is AppManifest {
  return (
    isJsonObject(value) &&
    ['name', 'description', 'url'].every((key) => typeof value[key] === 'string') &&
    typeof value['public'] === 'boolean' &&
    isTexts(value['default_events']) &&
    isJsonObject(value['default_permissions']) &&
    isTexts(Object.values(value['default_permissions']))
  );
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/**
 * What is posted to GitHub. Without a URL of its own the App gets no webhooks, and Fairlead finds everything by its tick.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
 */
export function manifestToPost(manifest: AppManifest, redirectUrl: string, publicUrl: string | undefined): JsonObject {
  return {
    ...manifest,
    default_events: [...manifest.default_events],
    default_permissions: { ...manifest.default_permissions },
    redirect_url: redirectUrl,
    ...(publicUrl === undefined
      ? {}
      : { hook_attributes: { url: `${publicUrl}${webhookPath('github')}`, active: true } }),
  };
}

/** Where the forge of this name sends its webhooks. */
export function webhookPath(forge: string): string {
  return forge === 'github' ? '/webhooks/github' : `/webhooks/github/${encodeURIComponent(forge)}`;
}
