/**
 * Registering an App from a manifest, as far as a script needs it: the page that takes the form and sends the browser back with a code, and
 * the exchange of that code. The stand-in has one App, so registering gives that one what the manifest asks for.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import { randomBytes } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { ApiError, notFound, unprocessable } from './api-error.ts';
import type { ApiResponse } from './perform.ts';
import { presentApp } from './present/app.ts';
import { optionalFlag, optionalObject, optionalTexts, parseJson, text } from './request-body.ts';
import type { World } from './world.ts';

const page = /^(?:\/organizations\/[^/]+)?\/settings\/apps\/new$/;
/** A code is good for an hour. */
const codeLife = 3_600_000;

export function isRegistrationPage(method: string, path: string): boolean {
  return method === 'POST' && page.test(path);
}

/**
 * The real page shows a form and waits for a click; this one goes on at once.
 * @throws ApiError 422 for a manifest GitHub would not take
 */
export function takeManifest(world: World, query: URLSearchParams, form: Uint8Array): ApiResponse {
  const manifest = parseJson(new URLSearchParams(Buffer.from(form).toString('utf8')).get('manifest') ?? '');
  if (manifest === undefined || !isJsonObject(manifest)) throw unprocessable('Invalid GitHub App configuration');
  text(manifest, 'Integration', 'url');
  const back = address(text(manifest, 'Integration', 'redirect_url'));
  const hook = optionalObject(manifest, 'hook_attributes');
  const hookUrl = hook === undefined ? undefined : address(text(hook, 'Hook', 'url')).href;
  const permissions = permissionsOf(optionalObject(manifest, 'default_permissions') ?? {});
  const events = optionalTexts(manifest, 'default_events') ?? [];
  const active = hook !== undefined && (optionalFlag(hook, 'active') ?? true);
  const code = randomBytes(20).toString('hex');
  world.manifests.set(code, {
    hookUrl: active ? hookUrl : undefined,
    permissions: { ...permissions, metadata: 'read' },
    events,
    expiresAt: Date.parse(world.now()) + codeLife,
  });
  back.searchParams.set('code', code);
  const state = query.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return { status: 302, body: undefined, headers: { location: back.href } };
}

/** Gives the App's secrets for a code, once. @throws ApiError 404 */
export function convertManifest(world: World, code: string): JsonObject {
  const manifest = world.manifests.get(code);
  world.manifests.delete(code);
  if (manifest === undefined || manifest.expiresAt <= Date.parse(world.now())) throw notFound();
  world.app.permissions = manifest.permissions;
  world.app.events = manifest.events;
  world.deliveries.setUrl(manifest.hookUrl);
  return {
    ...presentApp(world),
    client_secret: randomBytes(20).toString('hex'),
    webhook_secret: manifest.hookUrl === undefined ? null : world.app.webhookSecret,
    pem: world.app.privateKeyPem,
  };
}

function address(value: string): URL {
  if (!URL.canParse(value) || !/^https?:/.test(value)) throw unprocessable(`${value} is not a valid URL`);
  return new URL(value);
}

function permissionsOf(wanted: JsonObject): Record<string, 'read' | 'write'> {
  const permissions: Record<string, 'read' | 'write'> = {};
  for (const [name, level] of Object.entries(wanted)) {
    if (level !== 'read' && level !== 'write') {
      throw new ApiError(422, { message: `Default permission ${name} is not valid` });
    }
    permissions[name] = level;
  }
  return permissions;
}
