/**
 * Comments and topics: one comment (or issue) for each key, found again by a marker at the very end of its body AND by our bot's id as its
 * author. Others may copy the marker; they cannot be us (H87). What stands in comments is never read for anything but finding it.
 */
import type { Thread } from '../../ports/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import type { Identity } from './identity.ts';
import { list } from './decode.ts';
import { GitHubFault, refuse, type Standing } from './fault.ts';
import { comment as commentSchema, issue as issueSchema } from './schema.ts';

/** GitHub says 65,536 characters; below that we are safe whatever it counts. The report splits before. */
const longestBody = 60_000;
const longestTitle = 256;
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

/** What is to stand where. `onlyIfThere`: an existing comment is put right, none is made. */
export interface Wanted {
  readonly thread: Thread;
  readonly key: string;
  readonly body: string;
  readonly onlyIfThere: boolean;
}

const nowhere: Standing = { id: '', url: '' };

/** Throws GitHubFault; refused when the body is too long, the thread is locked or the repository is gone. */
export async function upsertComment(deps: CommentDeps, wanted: Wanted): Promise<Standing> {
  const { thread, key } = wanted;
  const body = `${wanted.body.trimEnd()}\n\n${markerOf(key)}`;
  if (body.length > longestBody) throw refuse(`the comment has ${body.length} characters, more than ${longestBody}`);
  const repository = thread.kind === 'pull-request' ? thread.ref.repository : thread.repository;
  const bound = await deps.bindings.bind(repository);
  const bot = await deps.identity();
  return thread.kind === 'pull-request'
    ? upsertOnPullRequest(deps.known, bound, bot, thread.ref.number, { ...wanted, body })
    : upsertTopic(bound, bot, thread, { ...wanted, body });
}

async function upsertOnPullRequest(
  known: KnownComments,
  bound: Bound,
  bot: Identity,
  number: number,
  wanted: Wanted,
): Promise<Standing> {
  const place = `${bound.id}/${number}/${wanted.key}`;
  const remembered = known.get(place);
  if (remembered !== undefined) {
    const edited = await edit(bound, remembered, wanted.body).catch(goneAsNone);
    if (edited !== undefined) return edited;
    known.delete(place);
  }
  const found = await findComment(bound, bot.botId, number, wanted.key);
  const standing = await putComment(bound, number, found, wanted);
  if (known.size >= mostKnown) known.clear();
  if (standing !== nowhere) known.set(place, standing.id);
  return standing;
}

async function putComment(
  bound: Bound,
  number: number,
  found: Awaited<ReturnType<typeof findComment>>,
  wanted: Wanted,
): Promise<Standing> {
  if (found !== undefined && found.body === wanted.body) return { id: found.id, url: found.html_url };
  const edited = found === undefined ? undefined : await edit(bound, found.id, wanted.body).catch(goneAsNone);
  if (edited !== undefined) return edited;
  if (wanted.onlyIfThere) return nowhere;
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const parameters = { ...bound.at, issue_number: number, body: wanted.body };
  const made = await bound.client.one(route, parameters, commentSchema);
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
  bot: Identity,
  thread: Extract<Thread, { kind: 'topic' }>,
  wanted: Wanted,
): Promise<Standing> {
  const found = await findTopic(bound, bot, wanted.key);
  if (found === undefined && (thread.state === 'closed' || wanted.onlyIfThere)) return nowhere;
  const content = { ...bound.at, title: thread.title.slice(0, longestTitle), body: wanted.body };
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

async function findTopic(bound: Bound, bot: Identity, key: string) {
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
