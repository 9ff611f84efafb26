/**
 * Comments and topics: one comment (or issue) for each key, found again by a marker at the very end of its body AND by our bot's id as its
 * author. Others may copy the marker; they cannot be us (H87). What stands in comments is never read for anything but finding it.
 */
import type { Thread } from '../../ports/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import type { Identity } from './identity.ts';
import { list } from './decode.ts';
import { GitHubFault, refuse } from './fault.ts';
import { comment as commentSchema, issue as issueSchema } from './schema.ts';

interface Standing {
  readonly id: string;
  readonly url: string;
}

/** GitHub says 65,536 characters; below that we are safe whatever it counts. The report splits before. */
export const longestBody = 60_000;
const mostCommentPages = 50;
const mostTopicPages = 10;
const mostKnown = 5_000;

/** Where our comments stand, so that an edit need not search. Only a shortcut: a comment that is gone is searched for and made anew. */
export type KnownComments = Map<string, string>;

export interface CommentDeps {
  readonly bindings: Bindings;
  readonly identity: () => Promise<Identity>;
  readonly known: KnownComments;
}

/** Throws GitHubFault; refused when the body is too long, the thread is locked or the repository is gone. */
export async function upsertComment(deps: CommentDeps, thread: Thread, key: string, body: string): Promise<Standing> {
  const marked = `${body.trimEnd()}\n\n${markerOf(key)}`;
  if (marked.length > longestBody) {
    throw refuse(`the comment has ${marked.length} characters, more than ${longestBody}`);
  }
  const repository = thread.kind === 'pull-request' ? thread.ref.repository : thread.repository;
  const bound = await deps.bindings.bind(repository);
  const { botId, botLogin } = await deps.identity();
  return thread.kind === 'pull-request'
    ? upsertOnPullRequest(deps.known, bound, botId, thread.ref.number, key, marked)
    : upsertTopic(bound, { botId, botLogin }, thread, key, marked);
}

async function upsertOnPullRequest(
  known: KnownComments,
  bound: Bound,
  botId: string,
  number: number,
  key: string,
  body: string,
): Promise<Standing> {
  const place = `${bound.id}/${number}/${key}`;
  const remembered = known.get(place);
  if (remembered !== undefined) {
    const edited = await edit(bound, remembered, body).catch(goneAsNone);
    if (edited !== undefined) return edited;
    known.delete(place);
  }
  const found = await findComment(bound, botId, number, key);
  const standing = await putComment(bound, number, found, body);
  if (known.size >= mostKnown) known.clear();
  known.set(place, standing.id);
  return standing;
}

async function putComment(
  bound: Bound,
  number: number,
  found: Awaited<ReturnType<typeof findComment>>,
  body: string,
): Promise<Standing> {
  if (found !== undefined && found.body === body) return { id: found.id, url: found.html_url };
  const edited = found === undefined ? undefined : await edit(bound, found.id, body).catch(goneAsNone);
  if (edited !== undefined) return edited;
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const made = await bound.client.one(route, { ...bound.at, issue_number: number, body }, commentSchema);
  return { id: made.id, url: made.html_url };
}

/** The oldest of ours: GitHub lists by ascending id. A second one, of a race, is left to rot rather than chosen in turns. */
async function findComment(bound: Bound, botId: string, number: number, key: string) {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const parameters = { ...bound.at, issue_number: number };
  for await (const item of bound.client.each(route, parameters, list(commentSchema), mostCommentPages)) {
    if (item.user?.id === botId && carries(item.body, key)) return item;
  }
  return undefined;
}

async function edit(bound: Bound, commentId: string, body: string): Promise<Standing> {
  const route = 'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}';
  const edited = await bound.client.one(route, { ...bound.at, comment_id: Number(commentId), body }, commentSchema);
  return { id: edited.id, url: edited.html_url };
}

/** An issue of our own for each topic. Closed with nothing open: there is nothing to say, and nothing is opened only to be closed. */
async function upsertTopic(
  bound: Bound,
  bot: { readonly botId: string; readonly botLogin: string },
  thread: Extract<Thread, { kind: 'topic' }>,
  key: string,
  body: string,
): Promise<Standing> {
  const found = await findTopic(bound, bot, key);
  if (found === undefined && thread.state === 'closed') return { id: '', url: '' };
  const content = { ...bound.at, title: thread.title.slice(0, 256), body };
  const standing =
    found === undefined
      ? await bound.client.one('POST /repos/{owner}/{repo}/issues', content, issueSchema)
      : await bound.client.one(
          'PATCH /repos/{owner}/{repo}/issues/{issue_number}',
          { ...content, issue_number: found.number, state: thread.state },
          issueSchema,
        );
  return { id: standing.id, url: standing.html_url };
}

async function findTopic(bound: Bound, bot: { readonly botId: string; readonly botLogin: string }, key: string) {
  // Without `direction` the newest comes first; the oldest open one is the topic.
  const parameters = { ...bound.at, state: 'open', creator: bot.botLogin, sort: 'created', direction: 'asc' };
  const items = bound.client.each('GET /repos/{owner}/{repo}/issues', parameters, list(issueSchema), mostTopicPages);
  for await (const item of items) {
    if (item.pull_request === undefined && item.user?.id === bot.botId && carries(item.body, key)) return item;
  }
  return undefined;
}

/** Nothing that could end the HTML comment survives the encoding. */
function markerOf(key: string): string {
  return `<!-- fairlead:${encodeURIComponent(key).replaceAll('-', '%2D')} -->`;
}

/** At the end only: text shown inside one of our comments cannot pass for a marker. */
function carries(body: string | undefined, key: string): boolean {
  return body?.trimEnd().endsWith(markerOf(key)) ?? false;
}

function goneAsNone(error: unknown): undefined {
  if (error instanceof GitHubFault && error.status === 404) return undefined;
  throw error;
}
