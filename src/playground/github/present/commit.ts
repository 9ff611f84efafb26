/** Commits and changed files in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import type { ChangedFile, Commit, Signature } from '../../git-http/history.ts';
import type { Account, Repository } from '../model.ts';
import type { World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';
import { pageUrl, repositoryUrl } from './repository.ts';

const noreply = 'users.noreply.github.com';

/** The address GitHub gives an account whose own is private. */
export function emailOf(account: Account): string {
  return `${account.id}+${account.login}@${noreply}`;
}

/** An account as the author of a commit made now. */
export function signatureOf(world: World, account: Account): Signature {
  return { name: account.login, email: emailOf(account), date: world.now() };
}

/** What GitHub itself commits as (merges, edits on its pages). */
export function webFlow(world: World): Signature {
  return { name: 'GitHub', email: 'noreply@github.com', date: world.now() };
}

/** The account behind a commit's address; undefined when the address is nobody's. */
function accountByEmail(world: World, email: string): Account | undefined {
  if (!email.endsWith(`@${noreply}`)) return undefined;
  return world.accounts.get(Number.parseInt(email, 10));
}

const unverified = { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null };

function person(world: World, signature: Signature): JsonObject | null {
  const account = accountByEmail(world, signature.email);
  return account === undefined ? null : presentAccount(world, account);
}

export function presentCommit(world: World, repository: Repository, commit: Commit): JsonObject {
  const url = repositoryUrl(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    commit: {
      author: { ...commit.author },
      committer: { ...commit.committer },
      message: commit.message,
      tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
      url: `${url}/git/commits/${commit.sha}`,
      comment_count: 0,
      verification: unverified,
    },
    url: `${url}/commits/${commit.sha}`,
    html_url: `${pageUrl(world, repository)}/commit/${commit.sha}`,
    comments_url: `${url}/commits/${commit.sha}/comments`,
    author: person(world, commit.author),
    committer: person(world, commit.committer),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/commits/${sha}`,
      html_url: `${pageUrl(world, repository)}/commit/${sha}`,
    })),
  };
}

/** As `GET /repos/…/git/commits/{sha}` and the contents API show it. */
export function presentGitCommit(world: World, repository: Repository, commit: Commit): JsonObject {
  const url = repositoryUrl(world, repository);
  return {
    sha: commit.sha,
    node_id: nodeId('C', commit.sha),
    url: `${url}/git/commits/${commit.sha}`,
    html_url: `${pageUrl(world, repository)}/commit/${commit.sha}`,
    author: { ...commit.author },
    committer: { ...commit.committer },
    tree: { sha: commit.tree, url: `${url}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${url}/git/commits/${sha}`,
      html_url: `${pageUrl(world, repository)}/commit/${sha}`,
    })),
    verification: unverified,
  };
}

/** As a push event lists it. */
export function presentPushedCommit(
  world: World,
  repository: Repository,
  commit: Commit,
  files: readonly ChangedFile[],
): JsonObject {
  const who = (signature: Signature): JsonObject => {
    const account = accountByEmail(world, signature.email);
    return {
      name: signature.name,
      email: signature.email,
      ...(account === undefined ? {} : { username: account.login }),
    };
  };
  const paths = (statuses: readonly string[]): string[] =>
    files.filter((file) => statuses.includes(file.status)).map((file) => file.path);
  return {
    id: commit.sha,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message,
    timestamp: commit.committer.date,
    url: `${pageUrl(world, repository)}/commit/${commit.sha}`,
    author: who(commit.author),
    committer: who(commit.committer),
    added: paths(['added', 'renamed']),
    removed: [...paths(['removed']), ...files.flatMap((file) => file.previousPath ?? [])],
    modified: paths(['modified']),
  };
}

export function presentFile(world: World, repository: Repository, ref: string, file: ChangedFile): JsonObject {
  const path = encodeURIComponent(file.path).replaceAll('%2F', '/');
  return {
    sha: file.blob,
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${pageUrl(world, repository)}/blob/${ref}/${path}`,
    raw_url: `${pageUrl(world, repository)}/raw/${ref}/${path}`,
    contents_url: `${repositoryUrl(world, repository)}/contents/${path}?ref=${ref}`,
    ...(file.previousPath === undefined ? {} : { previous_filename: file.previousPath }),
  };
}
