/** Routes of commits, comparisons and git refs. */
import type { JsonObject } from '../../../domain/json.ts';
import { hasCommit, isBranchName, listRefs, readRef } from '../../git-http/bare-repository.ts';
import { changedFiles, isAncestor, log, mergeBase, readCommit } from '../../git-http/history.ts';
import type { ChangedFile } from '../../git-http/history.ts';
import { accountOf } from '../access.ts';
import { moveRef } from '../act/move-branch.ts';
import { pullRange } from '../act/pull-details.ts';
import { resolveCommit } from '../act/resolve-commit.ts';
import { ApiError, invalid, notFound, unprocessable } from '../api-error.ts';
import type { Repository } from '../model.ts';
import { nodeId } from '../present/account.ts';
import { presentCommit, presentFile, presentGitCommit } from '../present/commit.ts';
import { presentPullSimple } from '../present/pull-request.ts';
import { pageUrl, repositoryUrl } from '../present/repository.ts';
import { optionalFlag, text } from '../request-body.ts';
import type { Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';
import { pullRequestsOf } from '../world.ts';
import type { PullRequestRecord, World } from '../world.ts';

/** The root commit has nothing to be compared with but git's empty tree. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function commitAt(repository: Repository, name: string): Promise<string> {
  const sha = await resolveCommit(repository, name);
  if (sha === undefined) throw unprocessable(`No commit found for SHA: ${name}`);
  return sha;
}

async function list(call: RepositoryCall): Promise<Reply> {
  const { query, repository, world } = call;
  const start = await resolveCommit(repository, query.get('sha') ?? repository.defaultBranch);
  if (start === undefined) throw notFound();
  const path = query.get('path');
  const commits = await log(repository.directory, [start], { max: 1000, ...(path === null ? {} : { path }) });
  return { list: commits.map((commit) => presentCommit(world, repository, commit)) };
}

function presentFiles(world: World, repository: Repository, sha: string, files: readonly ChangedFile[]): JsonObject[] {
  return files.slice(0, 300).map((file) => presentFile(world, repository, sha, file));
}

async function get(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const commit = await readCommit(repository.directory, await commitAt(repository, call.param('ref')));
  const files = await changedFiles(repository.directory, commit.parents[0] ?? emptyTree, commit.sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  const body = {
    ...presentCommit(world, repository, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: presentFiles(world, repository, commit.sha, files),
  };
  return { status: 200, body };
}

async function brought(repository: Repository, issue: PullRequestRecord, sha: string): Promise<boolean> {
  if (issue.pull.merged?.landed.includes(sha) === true) return true;
  return (await pullRange(repository, issue.pull)).commits.includes(sha);
}

/** The merged pull request that brought a commit of the default branch; for other commits the open and merged ones that contain it. */
async function pullsOf(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const sha = await commitAt(repository, call.param('sha'));
  const main = await readRef(repository.directory, `refs/heads/${repository.defaultBranch}`);
  const onMain = main !== undefined && (await isAncestor(repository.directory, sha, main));
  const found: PullRequestRecord[] = [];
  for (const issue of pullRequestsOf(repository)) {
    const merged = issue.pull.merged !== undefined;
    if ((merged || (!onMain && issue.state === 'open')) && (await brought(repository, issue, sha))) found.push(issue);
  }
  return { list: found.map((issue) => presentPullSimple(world, repository, issue)) };
}

async function compare(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const [baseName = '', headName] = call.param('basehead').split('...');
  if (headName === undefined) throw notFound();
  const { directory } = repository;
  const base = await resolveCommit(repository, baseName);
  const head = await resolveCommit(repository, headName);
  if (base === undefined || head === undefined) throw notFound();
  const common = await mergeBase(directory, base, head);
  if (common === undefined)
    throw new ApiError(404, { message: `No common ancestor between ${baseName} and ${headName}.` });
  const ahead = await log(directory, [`${base}..${head}`], { oldestFirst: true });
  const behind = await log(directory, [`${head}..${base}`]);
  const status =
    ahead.length === 0 ? (behind.length === 0 ? 'identical' : 'behind') : behind.length === 0 ? 'ahead' : 'diverged';
  const url = `${repositoryUrl(world, repository)}/compare/${call.param('basehead')}`;
  const page = `${pageUrl(world, repository)}/compare/${call.param('basehead')}`;
  const body = {
    url,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: presentCommit(world, repository, await readCommit(directory, base)),
    merge_base_commit: presentCommit(world, repository, await readCommit(directory, common)),
    status,
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead.slice(0, 250).map((commit) => presentCommit(world, repository, commit)),
    files: presentFiles(world, repository, head, await changedFiles(directory, common, head)),
  };
  return { status: 200, body };
}

function presentRef(world: World, repository: Repository, ref: string, sha: string): JsonObject {
  const url = repositoryUrl(world, repository);
  return {
    ref,
    node_id: nodeId('REF', `${repository.id}:${ref}`),
    url: `${url}/git/${ref}`,
    object: { sha, type: 'commit', url: `${url}/git/commits/${sha}` },
  };
}

async function getRef(call: RepositoryCall): Promise<Reply> {
  const ref = `refs/${call.param('ref')}`;
  const sha = await readRef(call.repository.directory, ref);
  if (sha === undefined) throw notFound();
  return { status: 200, body: presentRef(call.world, call.repository, ref, sha) };
}

async function matchingRefs(call: RepositoryCall): Promise<Reply> {
  const refs = await listRefs(call.repository.directory, 'refs/');
  const matching = [...refs].filter(([ref]) => ref.startsWith(`refs/${call.param('ref')}`));
  return { list: matching.map(([ref, sha]) => presentRef(call.world, call.repository, ref, sha)) };
}

async function createRef(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const ref = text(body, 'Reference', 'ref');
  const sha = text(body, 'Reference', 'sha');
  const name = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1];
  if (name === undefined || !(await isBranchName(repository.directory, name)))
    throw invalid('Reference', 'ref', 'invalid');
  if (!(await hasCommit(repository.directory, sha))) throw unprocessable('Object does not exist');
  if ((await readRef(repository.directory, ref)) !== undefined) throw unprocessable('Reference already exists');
  await moveRef(world, repository, { ref, before: undefined, after: sha }, accountOf(call.actor));
  return { status: 201, body: presentRef(world, repository, ref, sha) };
}

async function updateRef(call: RepositoryCall): Promise<Reply> {
  const { body, repository, world } = call;
  const ref = `refs/${call.param('ref')}`;
  const after = text(body, 'Reference', 'sha');
  const before = await readRef(repository.directory, ref);
  if (before === undefined) throw unprocessable('Reference does not exist');
  if (!(await hasCommit(repository.directory, after))) throw unprocessable('Object does not exist');
  const forward = await isAncestor(repository.directory, before, after);
  if (!forward && optionalFlag(body, 'force') !== true) throw unprocessable('Update is not a fast forward');
  await moveRef(world, repository, { ref, before, after }, accountOf(call.actor));
  return { status: 200, body: presentRef(world, repository, ref, after) };
}

async function deleteRef(call: RepositoryCall): Promise<Reply> {
  const ref = `refs/${call.param('ref')}`;
  const before = await readRef(call.repository.directory, ref);
  if (before === undefined) throw unprocessable('Reference does not exist');
  await moveRef(call.world, call.repository, { ref, before, after: undefined }, accountOf(call.actor));
  return { status: 204 };
}

async function gitCommit(call: RepositoryCall): Promise<Reply> {
  const { repository, world } = call;
  const sha = call.param('sha');
  if (!(await hasCommit(repository.directory, sha))) throw notFound();
  return { status: 200, body: presentGitCommit(world, repository, await readCommit(repository.directory, sha)) };
}

const read = needs('contents', 'read');
const write = needs('contents', 'write');

export const commitRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', pattern: '/commits', needs: read, handle: list },
  { method: 'GET', pattern: '/commits/{sha+}/pulls', needs: needs('pull_requests', 'read'), handle: pullsOf },
  { method: 'GET', pattern: '/commits/{ref+}', needs: read, handle: get },
  { method: 'GET', pattern: '/compare/{basehead+}', needs: read, handle: compare },
  { method: 'GET', pattern: '/git/ref/{ref+}', needs: read, handle: getRef },
  { method: 'GET', pattern: '/git/matching-refs/{ref+}', needs: read, handle: matchingRefs },
  { method: 'POST', pattern: '/git/refs', needs: write, handle: createRef },
  { method: 'PATCH', pattern: '/git/refs/{ref+}', needs: write, handle: updateRef },
  { method: 'DELETE', pattern: '/git/refs/{ref+}', needs: write, handle: deleteRef },
  { method: 'GET', pattern: '/git/commits/{sha}', needs: read, handle: gitCommit },
];
