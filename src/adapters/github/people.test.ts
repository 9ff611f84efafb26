/** Approvals GitHub itself would not let happen, or that come in forms the stand-in never gives. */
import { expect, test } from 'vitest';
import { approvals } from './people.ts';
import type { Client } from './client.ts';

const repository = { forge: 'github', id: '5', fullName: 'shop/deploy' };
const commit = 'a'.repeat(40);
const user = (id: number, login: string, type = 'User') => ({ id, login, type });
const alice = user(1, 'alice');
const bob = user(2, 'bob');

const pullRequest = {
  number: 7,
  node_id: 'PR_7',
  title: 'x',
  html_url: 'https://x',
  state: 'open',
  user: alice,
  base: { ref: 'main', sha: commit, repo: { id: 5 } },
  head: { ref: 'x', sha: commit, repo: null },
};

/** Answers from a table of routes, through the real schemas. */
function clientWith(reviews: readonly object[], role = 'write'): Client {
  const answer = (route: string, login: unknown): unknown => {
    if (route.endsWith('/permission')) {
      return { permission: role, role_name: role, user: { id: login === 'bob' ? 2 : 1 } };
    }
    if (route.endsWith('/pulls/{pull_number}')) return pullRequest;
    return route.endsWith('/reviews') ? reviews : route.includes('/rules/') ? [] : { protected: false };
  };
  return {
    one: async (route, parameters, decoder) => decoder(answer(route, parameters['username']), ''),
    async *each(route, parameters, decoder) {
      yield* decoder(answer(route, parameters['username']), '');
    },
    graphql: () => Promise.reject(new Error('not asked')),
  };
}

async function given(reviews: readonly object[], role?: string): Promise<readonly string[]> {
  const client = clientWith(reviews, role);
  const at = { owner: 'shop', repo: 'deploy' };
  const bindings = {
    bind: async () => ({ client, at, id: '5', installationId: '9' }),
    byName: async () => repository,
    moved: async () => false,
  };
  const found = await approvals(bindings, { repository, number: 7 });
  return found.given.map(({ by, sha }) => `${by.login} ${sha === commit ? 'head' : sha}`);
}

const approved = (by: object | null, more: object = {}) => ({
  user: by,
  state: 'APPROVED',
  commit_id: commit,
  ...more,
});

test("the author's own, a bot's and a deleted account's do not count (H34)", async () => {
  expect(await given([approved(bob)])).toEqual(['bob head']);
  expect(await given([approved(alice), approved(user(3, 'helper[bot]', 'Bot')), approved(null)])).toEqual([]);
});

test('without write, or in a custom role whose base is reading, they do not count', async () => {
  expect(await given([approved(bob)], 'triage')).toEqual([]);
  expect(await given([approved(bob)], 'none')).toEqual([]);
});

test('a state nobody knows decides nothing, and a commit nobody names is unknown', async () => {
  expect(await given([approved(bob), { user: bob, state: 'SOMETHING_NEW' }])).toEqual(['bob head']);
  expect(await given([approved(bob, { commit_id: null })])).toEqual(['bob unknown']);
});

test('a role nobody knows makes the whole answer unknown', async () => {
  await expect(given([approved(bob)], 'owner-of-all')).rejects.toThrow(/unknown permission/);
});
