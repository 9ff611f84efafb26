/** Check runs, their suites and commit statuses: made and changed through the API, with GitHub's limits. */
import { isJsonObject } from '../../../domain/json.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';
import { hasCommit, listRefs } from '../../git-http/bare-repository.ts';
import { readCommit } from '../../git-http/history.ts';
import { announce } from '../announce.ts';
import { ApiError, invalid } from '../api-error.ts';
import type { Account, CheckRun, CheckSuite, CommitStatus, Repository } from '../model.ts';
import { presentCheckRun, presentCheckSuite } from '../present/check.ts';
import { atMost, oneOf, optionalList, optionalNumber, optionalObject, optionalText, text } from '../request-body.ts';
import type { World } from '../world.ts';

const statuses = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'] as const;
const conclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
  'stale',
] as const;
const levels = ['notice', 'warning', 'failure'] as const;

const longestText = 65_535;
const mostAnnotations = 50;

async function suiteFor(world: World, repository: Repository, sha: string): Promise<CheckSuite> {
  for (const suite of world.checkSuites.values()) {
    if (suite.repositoryId === repository.id && suite.headSha === sha) return suite;
  }
  const heads = await listRefs(repository.directory, 'refs/heads/');
  const branch = [...heads].find(([, head]) => head === sha)?.[0].slice('refs/heads/'.length) ?? null;
  const suite = {
    id: world.nextId(),
    repositoryId: repository.id,
    headSha: sha,
    headBranch: branch,
    createdAt: world.now(),
  };
  world.checkSuites.set(suite.id, suite);
  return suite;
}

/** @throws ApiError 422 for an unknown commit, unknown states and texts too long */
export async function createCheckRun(world: World, repository: Repository, body: JsonObject): Promise<CheckRun> {
  const name = text(body, 'CheckRun', 'name');
  const headSha = text(body, 'CheckRun', 'head_sha');
  if (!(await hasCommit(repository.directory, headSha))) {
    throw new ApiError(422, { message: `No commit found for SHA: ${headSha}` });
  }
  const run: CheckRun = {
    id: world.nextId(),
    repositoryId: repository.id,
    suite: await suiteFor(world, repository, headSha),
    headSha,
    name,
    externalId: '',
    detailsUrl: null,
    status: 'queued',
    conclusion: null,
    startedAt: world.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    actions: [],
    annotations: [],
  };
  change(world, repository, run, body);
  world.checkRuns.set(run.id, run);
  announce(world, repository, world.app.bot, 'check_run', 'created', {
    check_run: presentCheckRun(world, repository, run),
  });
  if (run.status === 'completed') sayCompleted(world, repository, run);
  return run;
}

export function updateCheckRun(world: World, repository: Repository, run: CheckRun, body: JsonObject): void {
  const before = run.status;
  change(world, repository, run, body);
  if (run.status === 'completed' && before !== 'completed') sayCompleted(world, repository, run);
}

function sayCompleted(world: World, repository: Repository, run: CheckRun): void {
  announce(world, repository, world.app.bot, 'check_run', 'completed', {
    check_run: presentCheckRun(world, repository, run),
  });
}

function change(world: World, repository: Repository, run: CheckRun, body: JsonObject): void {
  const conclusion = optionalText(body, 'conclusion');
  const status = optionalText(body, 'status') ?? (conclusion === undefined ? undefined : 'completed');
  if (status === 'completed' && conclusion === undefined && run.conclusion === null) {
    throw invalid('CheckRun', 'conclusion', 'missing_field');
  }
  const output = readOutput(world, repository, run.headSha, optionalObject(body, 'output'));
  if (status !== undefined) run.status = oneOf('CheckRun', 'status', status, statuses);
  if (conclusion !== undefined) run.conclusion = oneOf('CheckRun', 'conclusion', conclusion, conclusions);
  if (run.status !== 'completed') run.conclusion = null;
  run.name = optionalText(body, 'name') ?? run.name;
  run.externalId = optionalText(body, 'external_id') ?? run.externalId;
  run.detailsUrl = optionalText(body, 'details_url') ?? run.detailsUrl;
  run.startedAt = optionalText(body, 'started_at') ?? run.startedAt;
  run.completedAt = run.status === 'completed' ? (optionalText(body, 'completed_at') ?? world.now()) : null;
  run.actions = optionalList(body, 'actions') ?? run.actions;
  if (output === undefined) return;
  run.title = output.title;
  run.summary = output.summary;
  run.text = output.text;
  run.annotations.push(...output.annotations);
}

interface Output {
  readonly title: string;
  readonly summary: string;
  readonly text: string | null;
  readonly annotations: readonly JsonObject[];
}

function readOutput(
  world: World,
  repository: Repository,
  sha: string,
  output: JsonObject | undefined,
): Output | undefined {
  if (output === undefined) return undefined;
  const summary = text(output, 'CheckRun', 'summary');
  const details = optionalText(output, 'text');
  atMost('CheckRun', 'summary', summary, longestText);
  atMost('CheckRun', 'text', details, longestText);
  const annotations = optionalList(output, 'annotations') ?? [];
  if (annotations.length > mostAnnotations) {
    throw invalid(
      'CheckRun',
      'annotations',
      'custom',
      `annotations exceeds the maximum quantity of ${mostAnnotations}`,
    );
  }
  const describe = (item: Json): JsonObject => readAnnotation(item, `${world.url}/${repository.id}/blob/${sha}`);
  return {
    title: text(output, 'CheckRun', 'title'),
    summary,
    text: details ?? null,
    annotations: annotations.map(describe),
  };
}

function readAnnotation(item: Json, blobs: string): JsonObject {
  if (!isJsonObject(item)) throw invalid('CheckRun', 'annotations', 'invalid');
  const path = text(item, 'Annotation', 'path');
  const start = optionalNumber(item, 'start_line');
  const end = optionalNumber(item, 'end_line');
  if (start === undefined || end === undefined) throw invalid('Annotation', 'start_line', 'missing_field');
  return {
    path,
    blob_href: `${blobs}/${path}`,
    start_line: start,
    end_line: end,
    start_column: optionalNumber(item, 'start_column') ?? null,
    end_column: optionalNumber(item, 'end_column') ?? null,
    annotation_level: oneOf('Annotation', 'annotation_level', text(item, 'Annotation', 'annotation_level'), levels),
    title: optionalText(item, 'title') ?? null,
    message: text(item, 'Annotation', 'message'),
    raw_details: optionalText(item, 'raw_details') ?? null,
  };
}

/** Asks the app to run a check again: the run goes back to queued and the app hears `rerequested`. */
export function rerequestRun(world: World, repository: Repository, run: CheckRun, by: Account): void {
  announce(world, repository, by, 'check_run', 'rerequested', { check_run: presentCheckRun(world, repository, run) });
}

export async function describeSuite(world: World, repository: Repository, suite: CheckSuite): Promise<JsonObject> {
  const commit = await readCommit(repository.directory, suite.headSha);
  const { name, email } = commit.author;
  return presentCheckSuite(world, repository, suite, {
    id: commit.sha,
    tree_id: commit.tree,
    message: commit.message,
    timestamp: commit.committer.date,
    author: { name, email },
    committer: { name: commit.committer.name, email: commit.committer.email },
  });
}

export async function rerequestSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  by: Account,
): Promise<void> {
  const fields = { check_suite: await describeSuite(world, repository, suite) };
  announce(world, repository, by, 'check_suite', 'rerequested', fields);
}

const statusStates = ['error', 'failure', 'pending', 'success'] as const;

export async function createStatus(
  world: World,
  repository: Repository,
  sha: string,
  by: Account,
  body: JsonObject,
): Promise<CommitStatus> {
  const state = oneOf('Status', 'state', text(body, 'Status', 'state'), statusStates);
  const description = optionalText(body, 'description');
  const context = optionalText(body, 'context') ?? 'default';
  atMost('Status', 'description', description, 140);
  atMost('Status', 'context', context, 255);
  if (!(await hasCommit(repository.directory, sha)))
    throw new ApiError(422, { message: `No commit found for SHA: ${sha}` });
  const status: CommitStatus = {
    id: world.nextId(),
    repositoryId: repository.id,
    sha,
    state,
    context,
    description: description ?? null,
    targetUrl: optionalText(body, 'target_url') ?? null,
    creator: by,
    createdAt: world.now(),
  };
  world.statuses.push(status);
  return status;
}
