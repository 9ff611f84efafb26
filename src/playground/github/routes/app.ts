/** Routes an app uses about itself: its installations, tokens and webhook deliveries. */
import { randomBytes } from 'node:crypto';
import { ApiError, badCredentials, forbidden, notFound } from '../api-error.ts';
import type { Installation } from '../model.ts';
import { presentApp, presentDelivery, presentFullDelivery, presentInstallation } from '../present/app.ts';
import { presentProfile } from '../present/account.ts';
import { presentRepository } from '../present/repository.ts';
import { convertManifest } from '../register-app.ts';
import { optionalList } from '../request-body.ts';
import type { Call, Reply, RepositoryRoute, Route } from '../router.ts';
import { needs } from '../router.ts';
import { accountNamed, installationOf, timestamp } from '../world.ts';
import type { World } from '../world.ts';

const hour = 3_600_000;

function asApp(call: Call): void {
  if (call.actor.kind !== 'app') {
    throw new ApiError(401, { message: 'A JSON web token could not be decoded' });
  }
}

function findInstallation(call: Call): Installation {
  asApp(call);
  const id = call.number('installation');
  const found = [...call.world.installations.values()].find((installation) => installation.id === id);
  if (found === undefined) throw notFound();
  return found;
}

/** Ids of the repositories a token may reach. @throws ApiError 422 for ones the installation does not have */
function chosen(call: Call, installation: Installation): readonly number[] | 'all' {
  const ids = optionalList(call.body, 'repository_ids');
  const names = optionalList(call.body, 'repositories');
  if (ids === undefined && names === undefined) return 'all';
  const owned = [...call.world.repositories.values()].filter(
    (repository) => repository.installed && repository.owner.id === installation.account.id,
  );
  return [...(ids ?? []), ...(names ?? [])].map((wanted) => {
    const found = owned.find((repository) => repository.id === wanted || repository.name === wanted);
    if (found === undefined) {
      throw new ApiError(422, {
        message:
          'There is at least one repository that does not exist or is not accessible to the parent installation.',
      });
    }
    return found.id;
  });
}

/** A token that never expires by itself, for a person; or one of an hour, for an installation. */
export function makeToken(world: World, prefix: 'ghs' | 'ghp', token: Parameters<World['tokens']['set']>[1]): string {
  const text = `${prefix}_${randomBytes(27).toString('base64url').replaceAll(/[-_]/g, 'x')}`;
  world.tokens.set(text, token);
  return text;
}

function createToken(call: Call): Reply {
  const installation = findInstallation(call);
  const { world } = call;
  const expiresAt = Date.parse(world.now()) + hour;
  const repositories = chosen(call, installation);
  const actor = { kind: 'installation', account: world.app.bot, installation, repositories } as const;
  return {
    status: 201,
    body: {
      token: makeToken(world, 'ghs', { actor, expiresAt }),
      expires_at: timestamp(new Date(expiresAt)),
      permissions: { ...world.app.permissions },
      repository_selection: 'selected',
    },
  };
}

function reachable(call: Call): Reply {
  const { actor, world } = call;
  if (actor.kind !== 'installation')
    throw forbidden(
      'You must authenticate with an installation access token in order to list repositories for an installation.',
    );
  const list = [...world.repositories.values()]
    .filter((repository) => repository.installed && repository.owner.id === actor.installation.account.id)
    .filter((repository) => actor.repositories === 'all' || actor.repositories.includes(repository.id))
    .map((repository) => presentRepository(world, repository));
  return { list, wrap: 'repositories' };
}

function findDelivery(call: Call) {
  asApp(call);
  const id = call.number('delivery');
  const found = call.world.deliveries.list().find((delivery) => delivery.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function rateLimit(): Reply {
  const resource = { limit: 5000, used: 0, remaining: 5000, reset: Math.floor(Date.now() / 1000) + 3600 };
  return { status: 200, body: { resources: { core: resource, search: resource }, rate: resource } };
}

function whoAmI(call: Call): Reply {
  if (call.actor.kind === 'anonymous') throw badCredentials();
  if (call.actor.kind !== 'user') throw forbidden('Resource not accessible by integration');
  return { status: 200, body: presentProfile(call.world, call.actor.account) };
}

function user(call: Call): Reply {
  const account = accountNamed(call.world, call.param('login'));
  if (account === undefined) throw notFound();
  return { status: 200, body: presentProfile(call.world, account) };
}

export const appRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/app',
    handle: (call) => {
      asApp(call);
      return { status: 200, body: presentApp(call.world) };
    },
  },
  {
    method: 'GET',
    pattern: '/app/installations',
    handle: (call) => {
      asApp(call);
      return { list: [...call.world.installations.values()].map((item) => presentInstallation(call.world, item)) };
    },
  },
  {
    method: 'GET',
    pattern: '/app/installations/{installation}',
    handle: (call) => ({ status: 200, body: presentInstallation(call.world, findInstallation(call)) }),
  },
  { method: 'POST', pattern: '/app/installations/{installation}/access_tokens', handle: createToken },
  {
    method: 'POST',
    pattern: '/app-manifests/{code}/conversions',
    handle: (call) => ({ status: 201, body: convertManifest(call.world, call.param('code')) }),
  },
  {
    method: 'GET',
    pattern: '/app/hook/config',
    handle: (call) => {
      asApp(call);
      const url = call.world.deliveries.url();
      const secret = '********';
      return { status: 200, body: { content_type: 'json', insecure_ssl: '0', secret, url: url ?? '' } };
    },
  },
  {
    method: 'GET',
    pattern: '/app/hook/deliveries',
    handle: (call) => {
      asApp(call);
      return { list: call.world.deliveries.list().map(presentDelivery).reverse() };
    },
  },
  {
    method: 'GET',
    pattern: '/app/hook/deliveries/{delivery}',
    handle: (call) => ({ status: 200, body: presentFullDelivery(findDelivery(call)) }),
  },
  {
    method: 'POST',
    pattern: '/app/hook/deliveries/{delivery}/attempts',
    handle: (call) => {
      call.world.deliveries.redeliver(findDelivery(call).id);
      return { status: 202, body: {} };
    },
  },
  { method: 'GET', pattern: '/installation/repositories', handle: reachable },
  { method: 'GET', pattern: '/rate_limit', handle: rateLimit },
  { method: 'GET', pattern: '/user', handle: whoAmI },
  { method: 'GET', pattern: '/users/{login}', handle: user },
];

/** The one repository route the app asks as itself; the server lets it through without a look at the repository's own rules. */
export const installationRoute: RepositoryRoute = {
  method: 'GET',
  pattern: '/installation',
  needs: needs('metadata', 'read'),
  handle: (call) => {
    asApp(call);
    const installation = installationOf(call.world, call.repository);
    if (installation === undefined) throw notFound();
    return { status: 200, body: presentInstallation(call.world, installation) };
  },
};
