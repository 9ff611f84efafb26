/** What of GitHub's webhook payloads is read. Source: GitHub, "Webhook events and payloads". */
import { anything, count, id, list, maybe, shape, text } from './decode.ts';
import { account, sha } from './schema.ts';

export const withRepository = shape({ repository: shape({ id, full_name: text }) });

export const pullRequestEvent = shape({
  action: text,
  number: count,
  pull_request: shape({
    base: shape({ ref: text }),
    head: shape({ sha }),
    updated_at: maybe(text),
  }),
  changes: maybe(shape({ base: maybe(anything) })),
});

/** Commits are not looked at: the list may be missing, cut at 20, or null. */
export const pushEvent = shape({
  ref: text,
  before: sha,
  after: sha,
  repository: shape({ pushed_at: maybe(anything) }),
});

export const commentEvent = shape({
  action: text,
  issue: shape({
    number: count,
    state: text,
    pull_request: maybe(shape({ merged_at: maybe(text) })),
  }),
  comment: shape({ id, body: maybe(text), user: maybe(account), performed_via_github_app: maybe(anything) }),
  sender: maybe(account),
});

const named = list(shape({ number: count, base: shape({ repo: shape({ id }) }) }));

export const checkRunEvent = shape({
  action: text,
  check_run: shape({
    id,
    app: shape({ id }),
    pull_requests: named,
    check_suite: maybe(shape({ pull_requests: maybe(named) })),
  }),
});

export const checkSuiteEvent = shape({
  action: text,
  check_suite: shape({ id, app: shape({ id }), pull_requests: named }),
});
