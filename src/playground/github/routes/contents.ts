/** The contents API: reading files and folders, and committing one file, as the edit page does. */
import type { JsonObject } from '../../../domain/json.ts';
import { readRef } from '../../git-http/bare-repository.ts';
import { readCommit } from '../../git-http/history.ts';
import { entryAt, listFolder, readBlob } from '../../git-http/tree.ts';
import type { TreeItem } from '../../git-http/tree.ts';
import { accountOf } from '../access.ts';
import { resolveCommit } from '../act/resolve-commit.ts';
import { writeFiles } from '../act/write-files.ts';
import { ApiError, notFound, unprocessable } from '../api-error.ts';
import type { Repository } from '../model.ts';
import { presentGitCommit } from '../present/commit.ts';
import { pageUrl, repositoryUrl } from '../present/repository.ts';
import { optionalText, text } from '../request-body.ts';
import type { Reply, RepositoryCall, RepositoryRoute } from '../router.ts';
import { needs } from '../router.ts';
import type { World } from '../world.ts';

const types = { blob: 'file', tree: 'dir', commit: 'submodule' } as const;

function presentItem(world: World, repository: Repository, item: TreeItem, ref: string): JsonObject {
  const path = item.path.split('/').map(encodeURIComponent).join('/');
  const self = `${repositoryUrl(world, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const html = `${pageUrl(world, repository)}/${item.type === 'tree' ? 'tree' : 'blob'}/${ref}/${path}`;
  const git = `${repositoryUrl(world, repository)}/git/${item.type === 'tree' ? 'trees' : 'blobs'}/${item.sha}`;
  return {
    name: item.path.split('/').at(-1) ?? item.path,
    path: item.path,
    sha: item.sha,
    size: item.size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: item.type === 'blob' ? `${pageUrl(world, repository)}/raw/${ref}/${path}` : null,
    type: item.mode === '120000' ? 'symlink' : types[item.type],
    _links: { self, git, html },
  };
}

async function presentContent(world: World, repository: Repository, item: TreeItem, ref: string): Promise<JsonObject> {
  const shown = presentItem(world, repository, item, ref);
  if (item.type === 'commit') return { ...shown, submodule_git_url: null };
  const bytes = Buffer.from(await readBlob(repository.directory, item.sha));
  if (item.mode === '120000') return { ...shown, target: bytes.toString('utf8') };
  const lines = bytes.toString('base64').replaceAll(/.{60}/g, '$&\n');
  return { ...shown, encoding: 'base64', content: `${lines}\n` };
}

async function read(call: RepositoryCall): Promise<Reply> {
  const { query, repository, world } = call;
  const ref = query.get('ref') ?? repository.defaultBranch;
  const commit = await resolveCommit(repository, ref);
  if (commit === undefined) throw new ApiError(404, { message: `No commit found for the ref ${ref}` });
  const path = call.param('path').replaceAll(/^\/+|\/+$/g, '');
  const entry = path === '' ? undefined : await entryAt(repository.directory, commit, path);
  if (path !== '' && entry === undefined) throw notFound();
  if (entry !== undefined && entry.type !== 'tree') {
    return { status: 200, body: await presentContent(world, repository, entry, ref) };
  }
  const items = await listFolder(repository.directory, commit, path);
  return { status: 200, body: items.map((item) => presentItem(world, repository, item, ref)) };
}

/** The blob the caller saw must be the one that is there, as GitHub demands. */
function checkSeen(entry: TreeItem | undefined, sha: string | undefined, path: string): void {
  if (entry === undefined && sha === undefined) return;
  if (entry !== undefined && sha === undefined) throw unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.');
  if (entry?.sha !== sha) throw new ApiError(409, { message: `${path} does not match ${sha ?? ''}` });
}

async function write(call: RepositoryCall, content: Uint8Array | null): Promise<Reply> {
  const { body, repository, world } = call;
  const path = call.param('path');
  const branch = optionalText(body, 'branch') ?? repository.defaultBranch;
  const head = await readRef(repository.directory, `refs/heads/${branch}`);
  if (head === undefined) throw new ApiError(404, { message: `Branch ${branch} not found` });
  const before = await entryAt(repository.directory, head, path);
  if (content === null && before === undefined) throw notFound();
  checkSeen(before, optionalText(body, 'sha'), path);
  const sha = await writeFiles(world, repository, accountOf(call.actor), {
    branch,
    changes: { [path]: content },
    message: text(body, 'Commit', 'message'),
    onPage: true,
  });
  const after = await entryAt(repository.directory, sha, path);
  const commit = presentGitCommit(world, repository, await readCommit(repository.directory, sha));
  return {
    status: before === undefined ? 201 : 200,
    body: { content: after === undefined ? null : presentItem(world, repository, after, branch), commit },
  };
}

export const contentRoutes: readonly RepositoryRoute[] = [
  { method: 'GET', pattern: '/contents/{path+}', needs: needs('contents', 'read'), handle: read },
  {
    method: 'PUT',
    pattern: '/contents/{path+}',
    needs: needs('contents', 'write'),
    handle: (call) => {
      const content = call.body['content'];
      if (typeof content !== 'string') throw unprocessable('Invalid request.\n\n"content" wasn\'t supplied.');
      return write(call, Buffer.from(content, 'base64'));
    },
  },
  {
    method: 'DELETE',
    pattern: '/contents/{path+}',
    needs: needs('contents', 'write'),
    handle: (call) => write(call, null),
  },
];
