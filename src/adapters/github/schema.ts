/**
 * What GitHub answers and sends, as far as Fairlead uses it: only the fields that are read, in GitHub's own names. Foreign JSON becomes
 * typed here and nowhere else. Source: GitHub REST API documentation, version 2022-11-28, and the webhook event reference.
 */
import { anything, count, flag, id, list, Malformed, maybe, oneOf, shape, text, type Decoder } from './decode.ts';
import { parseSha, type Sha } from '../../domain/forge.ts';

export const sha: Decoder<Sha> = (value, path) => {
  const parsed = typeof value === 'string' ? parseSha(value) : undefined;
  if (parsed === undefined) throw new Malformed(path, 'a commit id');
  return parsed;
};

/** `type` is User, Bot, Organization or Mannequin; an unknown one is treated as a person. */
export const account = shape({ id, login: text, type: text });

export const app = shape({ id, slug: text });
export const installation = shape({ id });
export const repository = shape({ id, full_name: text });

const end = shape({ ref: text, sha, repo: maybe(shape({ id })) });

/** Of a list and of the single answer alike; `merged_by` stands only in the latter. */
export const pullRequest = shape({
  number: count,
  node_id: text,
  title: text,
  body: maybe(text),
  html_url: text,
  state: oneOf('open', 'closed'),
  draft: maybe(flag),
  user: maybe(account),
  base: shape({ ref: text, sha, repo: shape({ id }) }),
  head: end,
  merged_at: maybe(text),
  merged_by: maybe(account),
  merge_commit_sha: maybe(sha),
});

export const review = shape({
  user: maybe(account),
  state: text,
  commit_id: maybe(sha),
  submitted_at: maybe(text),
});

export const collaborator = shape({
  permission: text,
  role_name: maybe(text),
  user: maybe(shape({ id })),
});

export const branch = shape({ protected: flag });

/** `parameters` differ by type: read with the schemas below once the type is known. */
export const rule = shape({ type: text, parameters: maybe(anything) });
export const pullRequestRule = shape({ required_approving_review_count: count });
export const statusChecksRule = shape({ required_status_checks: list(shape({ context: text })) });

export const classicProtection = shape({
  required_status_checks: maybe(shape({ contexts: maybe(list(text)), checks: maybe(list(shape({ context: text }))) })),
  required_pull_request_reviews: maybe(shape({ required_approving_review_count: maybe(count) })),
});

export const comment = shape({ id, html_url: text, body: maybe(text), user: maybe(account) });

/** A pull request is listed among the issues too and then has `pull_request`. */
export const issue = shape({
  id,
  number: count,
  title: text,
  html_url: text,
  body: maybe(text),
  user: maybe(account),
  pull_request: maybe(anything),
});

export const checkRun = shape({
  id,
  name: text,
  head_sha: sha,
  html_url: maybe(text),
  app: maybe(shape({ id })),
  output: shape({ annotations_count: count }),
});
export const checkRuns = shape({ check_runs: list(checkRun) });

export const annotation = shape({ path: text, start_line: count, annotation_level: maybe(text), message: maybe(text) });

/** `payload` is what we gave, but some servers give it back as text. */
export const deployment = shape({
  id,
  url: text,
  task: text,
  environment: text,
  creator: maybe(account),
  payload: anything,
});
export const deploymentStatus = shape({ state: text });
export const deploymentPayload = shape({ fairlead: id });

export const revertAnswer = shape({
  revertPullRequest: shape({ revertPullRequest: shape({ number: count, url: text }) }),
});
