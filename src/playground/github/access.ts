/** Who may do what: tokens to actors, actors to what they may see and change, with GitHub's answers when they may not. */
import type { IncomingMessage } from 'node:http';
import { badCredentials, forbidden, notFound } from './api-error.ts';
import { looksLikeJwt, verifyAppJwt } from './app-jwt.ts';
import type { Account, Actor, Repository, Role } from './model.ts';
import type { World } from './world.ts';

const roles: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

export function atLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** The role of an account in a repository: owner, collaborator, or what a public repository gives everybody. */
export function roleOf(repository: Repository, account: Account): Role {
  if (repository.owner.id === account.id) return 'admin';
  return repository.roles.get(account.id) ?? (repository.private ? 'none' : 'read');
}

/** The account an actor writes as. @throws ApiError 403 for the app itself and for strangers */
export function accountOf(actor: Actor): Account {
  if (actor.kind === 'installation' || actor.kind === 'user') return actor.account;
  throw forbidden('Resource not accessible by integration');
}

function tokenOf(authorization: string): string | undefined {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (/^(?:bearer|token)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const [user = '', password = ''] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return password === '' || password === 'x-oauth-basic' ? user : password;
}

/** @throws ApiError 401 for credentials that are there but not good */
export function authenticate(world: World, request: IncomingMessage): Actor {
  const { authorization } = request.headers;
  if (authorization === undefined) return { kind: 'anonymous' };
  const token = tokenOf(authorization);
  if (token === undefined) throw badCredentials();
  if (looksLikeJwt(token)) {
    verifyAppJwt(token, world.app.publicKey, world.app.id, Date.parse(world.now()) / 1000);
    return { kind: 'app' };
  }
  const known = world.tokens.get(token);
  if (known === undefined || (known.expiresAt ?? Infinity) <= Date.parse(world.now())) throw badCredentials();
  return known.actor;
}

function reaches(actor: Actor, repository: Repository): boolean {
  if (actor.kind !== 'installation' || !repository.installed) return false;
  if (actor.installation.account.id !== repository.owner.id) return false;
  return actor.repositories === 'all' || actor.repositories.includes(repository.id);
}

export function canSee(actor: Actor, repository: Repository): boolean {
  if (!repository.private || reaches(actor, repository)) return true;
  return actor.kind === 'user' && atLeast(roleOf(repository, actor.account), 'read');
}

/** What a route asks for: the app's permission, and the role a person needs. */
export interface Needs {
  readonly permission: string;
  readonly level: 'read' | 'write';
  readonly role: Role;
}

/** @throws ApiError 404 for what the actor may not see, 403 for what it may see but not do */
export function demand(world: World, actor: Actor, repository: Repository, needs: Needs): void {
  if (actor.kind === 'app' || !canSee(actor, repository)) throw notFound();
  if (actor.kind === 'user') {
    if (!atLeast(roleOf(repository, actor.account), needs.role)) {
      throw needs.role === 'admin' ? notFound() : forbidden('Must have push access to repository');
    }
    return;
  }
  if (actor.kind === 'anonymous') {
    if (needs.level === 'write' || needs.role !== 'read') throw badCredentials();
    return;
  }
  const granted = world.app.permissions[needs.permission];
  const enough = needs.permission === 'metadata' || granted === 'write' || granted === needs.level;
  if (!enough || (needs.level === 'write' && !reaches(actor, repository))) {
    throw forbidden('Resource not accessible by integration');
  }
}
