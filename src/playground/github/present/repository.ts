/** Repositories in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import { atLeast, roleOf } from '../access.ts';
import type { Account, Repository } from '../model.ts';
import { fullName } from '../world.ts';
import type { World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';

/** Field → path below the repository's own URL. */
const links: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** Base of a repository's API. */
export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.url}/repos/${fullName(repository)}`;
}

/** Base of a repository's pages. */
export function pageUrl(world: World, repository: Repository): string {
  return `${world.url}/${fullName(repository)}`;
}

function counts(world: World, repository: Repository): JsonObject {
  const forks = [...world.repositories.values()].filter((other) => other.parentId === repository.id).length;
  const open = [...repository.issues.values()].filter((issue) => issue.state === 'open').length;
  return {
    forks_count: forks,
    forks,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: 0,
    open_issues_count: open,
    open_issues: open,
  };
}

/** The repository as it stands inside other objects and in webhooks. */
export function presentRepository(world: World, repository: Repository): JsonObject {
  const url = repositoryUrl(world, repository);
  const page = pageUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
    owner: presentAccount(world, repository.owner),
    html_url: page,
    description: null,
    fork: repository.parentId !== undefined,
    url,
    ...Object.fromEntries(Object.entries(links).map(([field, path]) => [field, url + path])),
    created_at: repository.createdAt,
    updated_at: repository.pushedAt,
    pushed_at: repository.pushedAt,
    git_url: `${page.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(world.url).hostname}:${fullName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    ...counts(world, repository),
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    default_branch: repository.defaultBranch,
  };
}

/** The repository as `GET /repos/{owner}/{repo}` shows it to an account. */
export function presentFullRepository(world: World, repository: Repository, viewer: Account | undefined): JsonObject {
  const role = viewer === undefined ? 'read' : roleOf(repository, viewer);
  const parent = repository.parentId === undefined ? undefined : world.repositories.get(repository.parentId);
  return {
    ...presentRepository(world, repository),
    permissions: {
      admin: atLeast(role, 'admin'),
      maintain: atLeast(role, 'maintain'),
      push: atLeast(role, 'write'),
      triage: atLeast(role, 'triage'),
      pull: atLeast(role, 'read'),
    },
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    subscribers_count: 0,
    network_count: 0,
    ...(parent === undefined
      ? {}
      : { parent: presentRepository(world, parent), source: presentRepository(world, parent) }),
  };
}
