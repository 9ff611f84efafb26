/** Check runs: one for each name and commit, found again by the App's id, made or updated, with annotations that a retry does not double. */
import type { RepositoryRef } from '../../domain/forge.ts';
import type { Check } from '../../ports/forge.ts';
import type { Bindings, Bound } from './bindings.ts';
import { list } from './decode.ts';
import type { Standing } from './fault.ts';
import type { Identity } from './identity.ts';
import { annotation as annotationSchema, checkRun, checkRuns } from './schema.ts';

type Annotation = Check['annotations'][number];
type Run = ReturnType<typeof checkRun>;

/** GitHub takes 50 in a request and appends those of later requests; it cannot remove any. */
const annotationsInRequest = 50;
/** Ten requests' worth; the report names every finding anyway. */
const mostAnnotations = 500;
const longestSummary = 65_535;
const longestTitle = 255;
const longestMessage = 10_000;
const mostRunPages = 3;

/** Throws GitHubFault. */
export async function putCheck(
  bindings: Bindings,
  identity: () => Promise<Identity>,
  repository: RepositoryRef,
  check: Check,
): Promise<Standing> {
  const bound = await bindings.bind(repository);
  const { appId } = await identity();
  const wanted = check.annotations.slice(0, mostAnnotations);
  const found = await findRun(bound, appId, check);
  const shown = found === undefined ? [] : await shownOn(bound, found);
  // What is annotated cannot be taken back: a run that says something no longer true is followed by a new one, which GitHub shows instead.
  const stale = shown.some((key) => !wanted.some((annotation) => keyOf(annotation) === key));
  const already = new Set(stale ? [] : shown);
  const missing = wanted.filter((annotation) => !already.has(keyOf(annotation)));
  const run = await write(bound, stale ? undefined : found, check, missing.slice(0, annotationsInRequest));
  for (let from = annotationsInRequest; from < missing.length; from += annotationsInRequest) {
    await write(bound, run, check, missing.slice(from, from + annotationsInRequest));
  }
  return { id: run.id, url: run.html_url ?? '' };
}

/** The newest of ours of this name, whichever other Apps use the name too. */
async function findRun(bound: Bound, appId: string, check: Check): Promise<Run | undefined> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const parameters = { ...bound.at, ref: check.sha, check_name: check.name, app_id: Number(appId), filter: 'all' };
  const runs = (value: unknown, path: string): readonly Run[] => checkRuns(value, path).check_runs;
  let newest: Run | undefined;
  for await (const run of bound.client.each(route, parameters, runs, mostRunPages)) {
    if (run.app?.id !== appId || run.name !== check.name || run.head_sha !== check.sha) continue;
    if (newest === undefined || BigInt(run.id) > BigInt(newest.id)) newest = run;
  }
  return newest;
}

async function shownOn(bound: Bound, run: Run): Promise<readonly string[]> {
  if (run.output.annotations_count === 0) return [];
  const route = 'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations';
  const parameters = { ...bound.at, check_run_id: Number(run.id) };
  const shown: string[] = [];
  for await (const item of bound.client.each(route, parameters, list(annotationSchema), 10)) {
    shown.push(`${item.path}\n${item.start_line}\n${item.annotation_level ?? ''}\n${item.message ?? ''}`);
  }
  return shown;
}

function keyOf(annotation: Annotation): string {
  const { path, start_line: line, annotation_level: level, message } = asSent(annotation);
  return `${path}\n${line}\n${level}\n${message}`;
}

async function write(bound: Bound, run: Run | undefined, check: Check, annotations: readonly Annotation[]) {
  const content = {
    ...bound.at,
    ...stateOf(check.state),
    ...(check.detailsUrl === undefined ? {} : { details_url: check.detailsUrl }),
    external_id: `fairlead:${check.name}`.slice(0, 255),
    output: {
      title: cut(check.title, longestTitle),
      summary: summaryOf(check),
      annotations: annotations.map(asSent),
    },
  };
  return run === undefined
    ? bound.client.one(
        'POST /repos/{owner}/{repo}/check-runs',
        { ...content, name: check.name, head_sha: check.sha },
        checkRun,
      )
    : bound.client.one(
        'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}',
        { ...content, check_run_id: Number(run.id) },
        checkRun,
      );
}

function asSent(annotation: Annotation) {
  const line = Math.max(annotation.line, 1);
  return {
    path: annotation.file,
    start_line: line,
    end_line: line,
    annotation_level: annotation.level,
    message: cut(annotation.message, longestMessage),
  };
}

function stateOf(state: Check['state']): { status: string; conclusion?: string } {
  switch (state) {
    case 'queued':
      return { status: 'queued' };
    case 'running':
      return { status: 'in_progress' };
    case 'success':
    case 'failure':
      return { status: 'completed', conclusion: state };
    case 'action-required':
      return { status: 'completed', conclusion: 'action_required' };
  }
}

/**
 * Notes about what was left out stand first: after a cut they could end up inside an open code fence. GitHub's limit is taken as bytes,
 * the stricter reading.
 */
function summaryOf(check: Check): string {
  const left = check.annotations.length - mostAnnotations;
  const notes = left > 0 ? `${left} more annotations are not shown: a check takes ${mostAnnotations}.\n\n` : '';
  const whole = `${notes}${check.summary}`;
  if (Buffer.byteLength(whole) <= longestSummary) return whole;
  const room = longestSummary - Buffer.byteLength(notes) - 200;
  // Cutting bytes may split a character; what is left of it decodes to U+FFFD and goes.
  const kept = Buffer.from(check.summary)
    .subarray(0, room)
    .toString('utf8')
    .replace(/\uFFFD+$/u, '');
  const lines = kept.slice(0, Math.max(kept.lastIndexOf('\n'), 1));
  const gone = check.summary.length - lines.length;
  return `**This summary is cut: its last ${gone} characters are left out, as a check does not take more.**\n\n${notes}${lines}`;
}

/** One line, with a mark that something is missing. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/u, '')}…`;
}
