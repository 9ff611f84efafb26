/** Accounts, ids and links in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import type { Account } from '../model.ts';
import type { World } from '../world.ts';

/** Opaque to clients, as GitHub's are: a prefix for the kind and the number in base64. */
export function nodeId(prefix: string, id: number | string): string {
  return `${prefix}_${Buffer.from(`0:${prefix}:${id}`).toString('base64url')}`;
}

const linked = ['followers', 'subscriptions', 'organizations', 'repos', 'received_events'];

export function presentAccount(world: World, account: Account): JsonObject {
  const url = `${world.url}/users/${encodeURIComponent(account.login)}`;
  const links = Object.fromEntries(
    linked.map((name) => [`${name}_url`, `${url}/${name === 'organizations' ? 'orgs' : name}`]),
  );
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId('U', account.id),
    avatar_url: `${world.url}/avatars/u/${account.id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${account.type === 'Bot' ? `apps/${account.login.replace('[bot]', '')}` : account.login}`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    events_url: `${url}/events{/privacy}`,
    ...links,
    type: account.type,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** As `GET /user` and `GET /users/{login}` show it. */
export function presentProfile(world: World, account: Account): JsonObject {
  const owned = [...world.repositories.values()].filter((repository) => repository.owner.id === account.id);
  return {
    ...presentAccount(world, account),
    name: null,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: owned.filter((repository) => !repository.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: account.createdAt,
    updated_at: account.createdAt,
  };
}
