import { expect, test } from 'vitest';
import { GraphqlSyntaxError, parseOperation } from './graphql-document.ts';

test('reads fields, aliases, arguments and variables', () => {
  const source = `
    # a comment, with { braces
    query Find($owner: String!, $filter: Filter = {state: OPEN, labels: ["a"]}) {
      repository(owner: $owner, name: "sh\\"op") { number: pullRequest(number: 7) { id, title } viewer { login } }
    }`;
  expect(parseOperation(source, { owner: 'acme' })).toEqual({
    kind: 'query',
    fields: [
      {
        name: 'repository',
        alias: 'repository',
        arguments: { owner: 'acme', name: 'sh"op' },
        fields: [
          {
            name: 'pullRequest',
            alias: 'number',
            arguments: { number: 7 },
            fields: [
              { name: 'id', alias: 'id', arguments: {}, fields: [] },
              { name: 'title', alias: 'title', arguments: {}, fields: [] },
            ],
          },
          {
            name: 'viewer',
            alias: 'viewer',
            arguments: {},
            fields: [{ name: 'login', alias: 'login', arguments: {}, fields: [] }],
          },
        ],
      },
    ],
  });
});

test('reads a mutation with an input object in place', () => {
  const source =
    'mutation { revertPullRequest(input: {pullRequestId: "x", draft: true, body: null}) { clientMutationId } }';
  expect(parseOperation(source, {})).toMatchObject({
    kind: 'mutation',
    fields: [{ name: 'revertPullRequest', arguments: { input: { pullRequestId: 'x', draft: true, body: null } } }],
  });
});

test.each(['', 'query', '{ a', '{ a(b: ) }', '{ ...fragment }', '{ a(b "c") }', '{ ✗ }'])('refuses %j', (source) => {
  expect(() => parseOperation(source, {})).toThrow(GraphqlSyntaxError);
});
