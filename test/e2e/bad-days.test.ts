/**
 * Days on which a cluster or the forge is away, slow, forbids or refuses: what could not be seen is never guessed, what was begun is ended, and
 * all of it by itself once the world answers again (H76, H80, H89). The product in this process, a real API server behind a proxy.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { eventually } from '../scenarios/eventually.ts';
import { configMap, deployment } from '../scenarios/manifests.ts';
import { type BadDayWorld, badDayWorld } from './bad-day-world.ts';
import type { Call, Fate } from './cluster-proxy.ts';
import { controlPlaneForTests } from './control-plane-for-tests.ts';

const cluster = await controlPlaneForTests('days on which nothing answers', { controllers: true });

const forbids = (call: Call): Fate =>
  call.path.includes('/deployments')
    ? {
        status: 403,
        reason: 'Forbidden',
        message:
          'deployments.apps is forbidden: User "fairlead" cannot list resource "deployments" in API group "apps"',
      }
    : 'forward';

/** How a cluster does not answer, and words of the reason people are given. */
const outages: Readonly<Record<string, { readonly decide: (call: Call) => Fate; readonly said: RegExp }>> = {
  down: { decide: () => 'cut', said: /could not look: .*(connection|closed|reset)/i },
  silent: { decide: () => 'hang', said: /could not look: .*(no answer|time|seconds)/i },
  forbidding: { decide: forbids, said: /could not look: .*cannot list resource/ },
  throttling: {
    decide: () => ({
      status: 429,
      reason: 'TooManyRequests',
      message: 'too many requests, please try again',
      retryAfter: 1,
    }),
    said: /could not look: .*(429|too many)/i,
  },
  broken: {
    decide: () => ({ status: 500, reason: 'InternalError', message: 'etcdserver: no leader' }),
    said: /could not look: .*no leader/,
  },
};
const others = ['interrupted', 'waiting', 'forge', 'lost', 'missed', 'groups', 'denied', 'unanswered'];

describe.skipIf(cluster.unavailable)('a bad day', () => {
  let day: BadDayWorld;

  beforeAll(async () => {
    const names = [...Object.keys(outages), ...others];
    day = await badDayWorld(cluster.get(), {
      ...Object.fromEntries(names.map((name) => [name, []])),
      released: ['maxPrune: 0'],
    });
  });
  afterEach(() => day.calm());
  afterAll(() => day?.stop());

  const shop = (name: string) => ({
    'deploy/settings.yaml': configMap(name, 'settings', { colour: 'red' }),
    'deploy/checkout.yaml': deployment(name, 'checkout', { image: 'checkout:1' }),
  });
  const settings = (name: string) => day.view.get(`/api/v1/namespaces/${name}/configmaps/settings`);

  describe('of the cluster', () => {
    for (const [name, { decide, said }] of Object.entries(outages)) {
      it(`${name}: the plan is not complete, the merge waits, and both go on by themselves`, async () => {
        const talk = day.world.repository(name);
        day.proxy.decide(decide);
        const pull = await talk.open('change', shop(name));
        expect(await talk.check(pull.head)).toBe('failure: Plan not complete: prod');
        const plan = await talk.planComment(pull);
        expect(plan).toContain('**This plan is not complete**');
        expect(plan).toMatch(said);
        expect(plan).not.toContain('Deployment ns/checkout');

        day.proxy.decide();
        await day.concludes(talk, pull.head, 'fairlead', 'success: ');
        expect(await talk.planComment(pull)).toMatch(/2 to create/);

        day.proxy.decide(decide);
        const commit = await talk.merge(pull);
        await day.concludes(talk, commit, 'fairlead/prod', 'action_required: ');
        expect(await settings(name)).toBeUndefined();

        day.proxy.decide();
        await day.concludes(talk, commit, 'fairlead/prod', 'success: Deployed: 2 created');
        expect(await settings(name)).toBeDefined();
        await eventually('the last word', () => (day.said(talk, pull).includes('deployed') ? true : undefined));
        expect(day.said(talk, pull)).toEqual(['deployed', 'held']);
      }, 90_000);
    }

    it('goes away in the middle of an apply: the rest follows, and nobody is asked', async () => {
      const talk = day.world.repository('interrupted');
      const pull = await talk.open('change', shop('interrupted'));
      const away = day.cutFrom((call) => call.writes && call.path.endsWith('/deployments/checkout'));
      const commit = await talk.merge(pull);
      await away.noticed();
      expect(await settings('interrupted')).toBeDefined();
      expect(await talk.comment(pull, 'cannot go on at the moment and is tried again')).toContain(
        '1 of 2 objects applied',
      );

      day.proxy.decide();
      await day.concludes(talk, commit, 'fairlead/prod', 'success: Deployed: 2 created');
      expect(day.said(talk, pull)).toEqual(['deployed']);
    }, 60_000);

    it('goes away in the middle of an apply that a person released: the release stands', async () => {
      const talk = day.world.repository('released');
      const first = await talk.open('first', {
        ...shop('released'),
        'deploy/old.yaml': configMap('released', 'old', { a: 'b' }),
      });
      await day.concludes(talk, await talk.merge(first), 'fairlead/prod', 'success: ');
      const change = {
        'deploy/old.yaml': null,
        'deploy/settings.yaml': configMap('released', 'settings', { colour: 'blue' }),
      };
      const pull = await talk.open('change', change);
      const commit = await talk.merge(pull);
      const digest = await talk.offeredDigest(pull, 'is held');
      const away = day.cutFrom((call) => call.writes && call.method === 'DELETE');
      await talk.alice.comment(talk.repo, pull.number, `/fairlead apply ${digest}`);
      await away.noticed();

      day.proxy.decide();
      await day.concludes(talk, commit, 'fairlead/prod', 'success: Deployed: 1 changed, 1 deleted');
      expect(day.said(talk, pull).filter((one) => one === 'held')).toHaveLength(1);
    }, 60_000);

    it('goes away while it is waited for: what cannot be seen is neither ready nor failed', async () => {
      const talk = day.world.repository('waiting');
      const pull = await talk.open('change', shop('waiting'));
      let written = false;
      const away = day.cutFrom((call) => {
        written ||= call.writes && call.path.endsWith('/deployments/checkout');
        return written && call.method === 'GET' && call.path.endsWith('/deployments/checkout');
      });
      const commit = await talk.merge(pull);
      await away.noticed();

      day.proxy.decide();
      await day.concludes(talk, commit, 'fairlead/prod', 'success: Deployed: 2 created');
      expect(day.said(talk, pull)).toEqual(['deployed']);
    }, 60_000);

    it('has an API group that never answers: nothing else is stopped by it', async () => {
      await day.view.create('/api/v1/namespaces/groups/services', {
        metadata: { name: 'metrics' },
        spec: { ports: [{ port: 443 }] },
      });
      await day.view.create('/apis/apiregistration.k8s.io/v1/apiservices', {
        metadata: { name: 'v1.broken.example.com' },
        spec: {
          group: 'broken.example.com',
          version: 'v1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          insecureSkipTLSVerify: true,
          service: { namespace: 'groups', name: 'metrics' },
        },
      });
      const talk = day.world.repository('groups');
      const pull = await talk.open('fine', shop('groups'));
      expect(await talk.mergeAndSee(pull)).toMatch(/^success: Deployed: 2 created/);

      const gauge = 'apiVersion: broken.example.com/v1\nkind: Gauge\nmetadata: {name: one, namespace: groups}\n';
      const needing = await talk.open('needing', { 'deploy/gauge.yaml': gauge });
      const plan = await talk.planComment(needing);
      expect(await talk.check(needing.head)).toBe('failure: Plan not complete: prod');
      expect(plan).toMatch(/broken\.example\.com\/v1 does not answer/);
      await day.view.remove('/apis/apiregistration.k8s.io/v1/apiservices/v1.broken.example.com');
    }, 60_000);
  });

  describe('of admission', () => {
    it('a policy denies: told in its own words, with file and line', async () => {
      const name = 'no-red';
      const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
      await day.view.create(policies, {
        metadata: { name },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
            ],
          },
          validations: [
            {
              expression: "!has(object.data) || !('colour' in object.data) || object.data.colour != 'red'",
              message: 'red is sold out',
            },
          ],
        },
      });
      await day.view.create(policies.replace('policies', 'policybindings'), {
        metadata: { name },
        spec: {
          policyName: name,
          validationActions: ['Deny'],
          matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'denied' } } },
        },
      });
      await day.refused(/red is sold out/, 'denied');
      const talk = day.world.repository('denied');
      const pull = await talk.open('change', shop('denied'));
      expect(await talk.check(pull.head)).toMatch(/^failure: /);
      const plan = await talk.planComment(pull);
      expect(plan).toContain('red is sold out');
      expect(plan).toContain('deploy/settings.yaml');
      const amended = await talk.amend(pull, 'change', {
        'deploy/settings.yaml': configMap('denied', 'settings', { colour: 'blue' }),
      });
      expect(await talk.check(amended.head)).toMatch(/^success: /);
    }, 60_000);

    it('a webhook does not answer: it stands in the plan, and nothing is applied', async () => {
      await day.view.create('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
        metadata: { name: 'guard' },
        webhooks: [
          {
            name: 'guard.example.com',
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            failurePolicy: 'Fail',
            timeoutSeconds: 1,
            clientConfig: { url: 'https://127.0.0.1:1/guard' },
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'unanswered' } },
            rules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'] },
            ],
          },
        ],
      });
      await day.refused(/guard\.example\.com/, 'unanswered');
      const talk = day.world.repository('unanswered');
      const pull = await talk.open('change', shop('unanswered'));
      expect(await talk.check(pull.head)).toMatch(/^failure: /);
      expect(await talk.planComment(pull)).toContain('guard.example.com');

      await day.view.remove('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard');
      await day.concludes(talk, pull.head, 'fairlead', 'success: ');
    }, 60_000);
  });

  describe('of the forge', () => {
    it('the forge refuses to be told while a deployment runs: its words come later, once', async () => {
      const talk = day.world.repository('forge');
      const pull = await talk.open('change', shop('forge'));
      for (const match of ['POST /repos/*', 'PATCH /repos/*']) day.world.github.faults.add({ match, status: 502 });
      const commit = await talk.merge(pull);
      await eventually('the apply', () => settings('forge'));
      expect(day.said(talk, pull)).toEqual([]);

      day.world.github.faults.clear();
      day.world.github.faults.add({ match: 'POST /repos/*', secondaryRateLimit: 1, times: 2 });
      await day.concludes(talk, commit, 'fairlead/prod', 'success: ');
      await day.toldOnce(talk, pull, commit);
    }, 60_000);

    it('answers of the forge get lost: nothing is said twice', async () => {
      const talk = day.world.repository('lost');
      const pull = await talk.open('change', shop('lost'));
      day.world.github.faults.add({ match: 'POST /repos/*', status: 502, done: true, times: 3 });
      const commit = await talk.merge(pull);
      await day.concludes(talk, commit, 'fairlead/prod', 'success: ');
      await day.toldOnce(talk, pull, commit);
    }, 60_000);

    it('no webhook arrives: the tick makes up for the plan and for the deployment', async () => {
      const talk = day.world.repository('missed');
      day.world.github.deliveries.drop(() => true);
      const { number, head } = await talk.alice.openPullRequest({
        repo: talk.repo,
        branch: 'change',
        files: shop('missed'),
      });
      await day.world.pause();
      await day.world.resume();
      await day.concludes(talk, head, 'fairlead', 'success: ');
      const commit = await talk.merge({ number, head });
      await day.world.pause();
      await day.world.resume();
      await day.concludes(talk, commit, 'fairlead/prod', 'success: Deployed: 2 created');
    }, 60_000);
  });
});
