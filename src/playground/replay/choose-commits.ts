/** Which commits of a history are worth playing: the last ones of the first-parent line that change what is deployed. */
import type { RenderKind } from '../../domain/environment.ts';
import type { Signature } from '../git-http/history.ts';
import { git } from '../git-http/run-git.ts';
import { reaches, reachOf } from './reach.ts';

export interface SourceCommit {
  readonly sha: string;
  readonly author: Signature;
  readonly message: string;
}

/** Commits looked through, from the newest. */
const searchLimit = 20_000;

/**
 * The last `count` commits up to `head` that touch what rendering `path` can read, oldest first. For a merge, what it changed against
 * its first parent counts.
 */
export async function chooseCommits(
  repository: string,
  head: string,
  choice: { readonly path: string; readonly render: RenderKind; readonly count: number },
): Promise<readonly SourceCommit[]> {
  const chosen: SourceCommit[] = [];
  let reach = await reachOf(repository, head, choice.path, choice.render);
  for (const { commit, parent, files } of await firstParentLine(repository, head)) {
    // As long as nothing in reach changes, the reach is that of the parent too.
    if (!files.some((file) => reaches(reach, file))) continue;
    chosen.push(commit);
    if (chosen.length === choice.count) break;
    if (parent !== undefined) reach = await reachOf(repository, parent, choice.path, choice.render);
  }
  return chosen.reverse();
}

interface LineItem {
  readonly commit: SourceCommit;
  readonly parent: string | undefined;
  /** Added, changed or removed. */
  readonly files: readonly string[];
}

const separator = '\u0001';
const headEnd = '\u0002';
const format = '%x01%H%x00%P%x00%an%x00%ae%x00%aI%x00%B%x02';

/** Newest first. */
async function firstParentLine(repository: string, head: string): Promise<readonly LineItem[]> {
  const args = ['log', '-z', '--first-parent', '--diff-merges=first-parent', '--name-only', '--no-renames'];
  const { text } = await git(repository, [...args, `--max-count=${searchLimit}`, `--format=${format}`, head, '--']);
  return text
    .split(separator)
    .slice(1)
    .map((record) => {
      const end = record.indexOf(headEnd);
      const [sha = '', parents = '', name = '', email = '', date = '', message = ''] = record.slice(0, end).split('\0');
      const files = record
        .slice(end + 1)
        .split('\0')
        .map((file) => file.replace(/^\n/, ''))
        .filter((file) => file !== '');
      const author = { name, email, date };
      return { commit: { sha, author, message: message.trim() }, parent: parents.split(' ')[0] || undefined, files };
    });
}

/** A commit's first line, or a word for none. */
export function subjectOf({ message }: Pick<SourceCommit, 'message'>): string {
  const [subject = ''] = message.split('\n');
  return subject.trim() === '' ? '(no message)' : subject.trim();
}
