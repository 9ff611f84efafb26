import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../domain/json.ts';
import { parseGitHub } from './parse-webhook.ts';

const options = { forge: 'github', appId: '77' };
const sha = (digit: string): string => digit.repeat(40);
const repository = { id: 5, full_name: 'shop/deploy', owner: null, pushed_at: 1_700_000_000 };
const alice = { id: 11, login: 'alice', type: 'User' };

const parse = (event: string, body: JsonObject, delivery = 'd-1') =>
  parseGitHub({ 'x-github-event': event, 'x-github-delivery': delivery }, body, options);

const pullRequest = (action: string, more: JsonObject = {}): JsonObject => ({
  action,
  number: 7,
  pull_request: {
    base: { ref: 'main' },
    head: { sha: sha('a'), repo: null },
    updated_at: '2026-11-19T10:00:00Z',
  },
  repository,
  ...more,
});

const comment = (
  body: string,
  more: { comment?: JsonObject; issue?: JsonObject; action?: string; sender?: JsonObject } = {},
) => ({
  action: more.action ?? 'created',
  issue: { number: 7, state: 'open', pull_request: { merged_at: null }, ...more.issue },
  comment: { id: 900, body, user: alice, ...more.comment },
  sender: more.sender ?? alice,
  repository,
});

const keyOf = (parsed: ReturnType<typeof parse>): string => (parsed.kind === 'jobs' ? parsed.contentKey : parsed.kind);

describe('pull requests', () => {
  test.each(['opened', 'synchronize', 'reopened', 'ready_for_review'])('%s plans it', (action) => {
    expect(parse('pull_request', pullRequest(action))).toMatchObject({
      kind: 'jobs',
      deliveryId: 'd-1',
      event: `pull_request.${action}`,
      jobs: [{ kind: 'plan', pullRequest: { repository: { forge: 'github', id: '5' }, number: 7 } }],
    });
  });

  test('retargeting plans it, other edits do not', () => {
    const changed = (changes: JsonObject) => parse('pull_request', pullRequest('edited', { changes })).kind;
    expect(changed({ base: { ref: { from: 'next' } } })).toBe('jobs');
    expect(changed({ title: { from: 'x' } })).toBe('ignored');
  });

  test('closing it looks at its base branch, merged or not', () => {
    expect(parse('pull_request', pullRequest('closed'))).toMatchObject({ jobs: [{ kind: 'branch', branch: 'main' }] });
  });

  test('a label is ignored', () => {
    expect(parse('pull_request', pullRequest('labeled')).kind).toBe('ignored');
  });

  test('a redelivery under another id has the same content key, the next push another (H12)', () => {
    const first = keyOf(parse('pull_request', pullRequest('synchronize'), 'one'));
    expect(keyOf(parse('pull_request', pullRequest('synchronize'), 'two'))).toBe(first);
    const next = { base: { ref: 'main' }, head: { sha: sha('b') }, updated_at: '2026-11-19T10:01:00Z' };
    expect(keyOf(parse('pull_request', pullRequest('synchronize', { pull_request: next })))).not.toBe(first);
  });
});

describe('pushes', () => {
  const push = (more: JsonObject) => ({
    ref: 'refs/heads/main',
    before: sha('a'),
    after: sha('b'),
    commits: null,
    repository,
    ...more,
  });

  test('a branch, with slashes too, is looked at; the commits in the payload are not carried along (H13, H14)', () => {
    const parsed = parse('push', push({ ref: 'refs/heads/release/1.x' }));
    expect(parsed).toMatchObject({ jobs: [{ kind: 'branch', branch: 'release/1.x' }] });
    expect(JSON.stringify(parsed.kind === 'jobs' ? parsed.jobs : '')).not.toMatch(/a{40}|b{40}/);
  });

  test('tags are ignored', () => {
    expect(parse('push', push({ ref: 'refs/tags/main' })).kind).toBe('ignored');
  });

  test('the same move at another time is another happening', () => {
    const later = { ...repository, pushed_at: 1_700_000_060 };
    expect(keyOf(parse('push', push({})))).not.toBe(keyOf(parse('push', push({ repository: later }))));
  });
});

describe('commands', () => {
  test('the first line of a new comment', () => {
    expect(parse('issue_comment', comment('/fairlead apply 7c1f09e2\nthanks'))).toMatchObject({
      jobs: [
        {
          kind: 'command',
          by: { id: '11', login: 'alice', bot: false },
          commentId: '900',
          line: '/fairlead apply 7c1f09e2',
        },
      ],
    });
  });

  test('on a merged pull request too, where holds are released', () => {
    const merged = { issue: { state: 'closed', pull_request: { merged_at: '2026-11-19T10:00:00Z' } } };
    expect(parse('issue_comment', comment('/fairlead apply 7c1f09e2', merged)).kind).toBe('jobs');
  });

  test.each([
    ['edited into one (H27)', comment('/fairlead apply 1', { action: 'edited' })],
    ['deleted', comment('/fairlead apply 1', { action: 'deleted' })],
    ['in a code block (H29)', comment('```\n/fairlead apply 1\n```')],
    ['in a quote', comment('> /fairlead apply 1')],
    ['in an HTML comment', comment('<!-- \n/fairlead apply 1 -->')],
    ['on the second line', comment('hello\n/fairlead apply 1')],
    ['indented', comment('    /fairlead apply 1')],
    ['behind a zero-width space', comment('\u200B/fairlead apply 1')],
    ['with a homoglyph', comment('/f\u0430irlead apply 1')],
    ['behind a direction mark', comment('\u202E/fairlead apply 1')],
    ['with another word', comment('/fairleads apply 1')],
    [
      'by our bot (H30)',
      comment('/fairlead apply 1', { comment: { user: { id: 1, login: 'fairlead[bot]', type: 'Bot' } } }),
    ],
    ['by another bot (H31)', comment('/fairlead apply 1', { comment: { user: { id: 2, login: 'ci', type: 'Bot' } } })],
    [
      "by an App in a person's name",
      comment('/fairlead apply 1', { comment: { performed_via_github_app: { id: 3 } } }),
    ],
    ['sent by somebody else', comment('/fairlead apply 1', { sender: { id: 12, login: 'mallory', type: 'User' } })],
    ['by a deleted account', comment('/fairlead apply 1', { comment: { user: null } })],
    ['on an issue (H33)', comment('/fairlead apply 1', { issue: { pull_request: null } })],
    ['on a closed pull request (H33)', comment('/fairlead apply 1', { issue: { state: 'closed' } })],
    ['an empty comment', comment('', { comment: { body: null } })],
  ])('not one %s', (_what, body) => {
    expect(parse('issue_comment', body)).toMatchObject({ kind: 'ignored' });
  });

  test.each(['commit_comment', 'pull_request_review', 'pull_request_review_comment'])(
    'not one in %s (H32, H33)',
    (event) => {
      expect(parse(event, { ...comment('/fairlead apply 1'), review: { body: '/fairlead apply 1' } }).kind).toBe(
        'ignored',
      );
    },
  );
});

describe('re-runs', () => {
  const run = (appId: number, pulls: JsonObject[]) => ({
    action: 'rerequested',
    check_run: { id: 40, app: { id: appId }, pull_requests: pulls },
    repository,
  });
  const here = { number: 7, base: { repo: { id: 5 } } };

  test('ours plan again, each time anew', () => {
    expect(parse('check_run', run(77, [here]))).toMatchObject({ jobs: [{ kind: 'plan', pullRequest: { number: 7 } }] });
    expect(keyOf(parse('check_run', run(77, [here]), 'one'))).not.toBe(
      keyOf(parse('check_run', run(77, [here]), 'two')),
    );
    const suite = {
      action: 'rerequested',
      check_suite: { id: 41, app: { id: 77 }, pull_requests: [here] },
      repository,
    };
    expect(parse('check_suite', suite).kind).toBe('jobs');
  });

  test("other Apps' and other repositories' do not", () => {
    expect(parse('check_run', run(78, [here])).kind).toBe('ignored');
    expect(parse('check_run', run(77, [{ number: 7, base: { repo: { id: 6 } } }])).kind).toBe('ignored');
    expect(parse('check_run', run(77, [])).kind).toBe('ignored');
  });
});

describe('what is not as it should be', () => {
  test.each([
    ['no repository (H21)', 'push', { ref: 'refs/heads/main', before: sha('a'), after: sha('b') }],
    ['repository null', 'push', { ref: 'refs/heads/main', before: sha('a'), after: sha('b'), repository: null }],
    ['an id that is no number', 'pull_request', pullRequest('opened', { repository: { id: '5', full_name: 'a/b' } })],
    ['a negative id', 'pull_request', pullRequest('opened', { repository: { id: -5, full_name: 'a/b' } })],
    ['no pull request', 'pull_request', { action: 'opened', number: 7, repository }],
    ['a commit id with capitals', 'push', { ref: 'refs/heads/main', before: sha('A'), after: sha('b'), repository }],
    [
      'an inherited field',
      'push',
      Object.create({ ref: 'refs/heads/main', before: sha('a'), after: sha('b'), repository }),
    ],
    ['issue null', 'issue_comment', { ...comment('/fairlead help'), issue: null }],
    ['a check without App', 'check_run', { action: 'rerequested', check_run: { id: 1, app: null }, repository }],
  ])('%s is malformed, not an exception', (_what, event, body) => {
    expect(parse(event, body).kind).toBe('malformed');
  });

  test('headers', () => {
    const body = pullRequest('opened');
    expect(parseGitHub({ 'x-github-event': 'pull_request' }, body, options).kind).toBe('malformed');
    expect(parseGitHub({ 'x-github-delivery': 'd' }, body, options).kind).toBe('malformed');
    expect(parse('pull_request', body, 'd\nd').kind).toBe('malformed');
    expect(parse('__proto__', body).kind).toBe('ignored');
  });

  test.each(['ping', 'installation', 'installation_repositories'])('%s is ignored', (event) => {
    expect(parse(event, { action: 'created', installation: { id: 1 } }).kind).toBe('ignored');
  });
});
