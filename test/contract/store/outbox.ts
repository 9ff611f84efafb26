/** Contract: the outbox. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Outbox, Store, Words } from '../../../src/ports/store.ts';
import { open, startChild, tamper, type Databases } from './harness.ts';
import { comment, repository, sha } from './samples.ts';

function say(store: Store, ...all: readonly Words[]): Promise<void> {
  return store.transaction(async (tx) => {
    for (const words of all) await tx.say(words);
  });
}

async function bodies(outbox: Outbox): Promise<readonly string[]> {
  return (await outbox.due(10)).map(({ words }) => (words.kind === 'comment' ? words.body : words.kind));
}

async function takeOne(outbox: Outbox) {
  const [first] = await outbox.due(1);
  if (first === undefined) throw new Error('nothing is due');
  return first;
}

export function outboxContract(databases: () => Databases): void {
  describe('outbox', () => {
    it('gives each slot once, oldest first, the newest words of it', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      await say(store, comment(2, 'b'), comment(1, 'other key', 'x'));
      await say(store, comment(1, 'a2'));
      expect(await bodies(outbox)).toEqual(['a2', ...(await bodiesOf(['b', 'other key']))]);
      expect(await bodies(outbox)).toEqual([]);
    });

    it('knows a slot by forge, thread and key; by sha and name; by deployment number', async () => {
      const { store, outbox } = await open(await databases().fresh());
      const base = comment(1, 'x');
      const check = (name: string, digit: string): Words => ({
        kind: 'check',
        forge: 'github',
        repository: repository('1'),
        check: { sha: sha(digit), name, state: 'success', title: 't', summary: 's', annotations: [] },
      });
      const notice = (id: number, state: 'queued' | 'success'): Words => ({
        kind: 'deployment',
        forge: 'github',
        repository: repository('1'),
        notice: {
          id,
          sha: sha('1'),
          environment: 'prod',
          production: true,
          state,
          description: '',
          payload: { desiredDigest: 'd', planDigest: 'p', environmentKey: 'e' },
        },
      });
      const topic = (state: 'open' | 'closed'): Words => ({
        kind: 'comment',
        forge: 'github',
        thread: { kind: 'topic', repository: repository('1'), title: `drift ${state}`, state },
        key: 'drift/prod',
        body: state,
      });
      await say(store, base, { ...base, forge: 'gitlab' }, check('plan', '1'), check('plan', '2'), check('apply', '1'));
      await say(store, notice(1, 'queued'), notice(1, 'success'), notice(2, 'queued'), topic('open'), topic('closed'));
      const due = await outbox.due(100);
      expect(due).toHaveLength(8);
      expect(due.map(({ words }) => words)).toEqual(
        expect.arrayContaining([notice(1, 'success'), notice(2, 'queued'), topic('closed'), check('apply', '1')]),
      );
    });

    it('does not say again what was sent, nor what already waits', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'), comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await say(store, comment(1, 'a'));
      await outbox.sent(slot, version);
      await say(store, comment(1, 'a'));
      expect(await bodies(outbox)).toEqual([]);
      await say(store, comment(1, 'b'));
      expect(await bodies(outbox)).toEqual(['b']);
    });

    it('says A again when B was said in between', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await outbox.sent(slot, version);
      await say(store, comment(1, 'b'));
      await say(store, comment(1, 'a'));
      expect(await bodies(outbox)).toEqual(['a']);
    });

    it('holds newer words back while older ones of the slot are in hand, and then gives them', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await say(store, comment(1, 'b'));
      expect(await bodies(outbox)).toEqual([]);
      await outbox.sent(slot, version);
      const next = await takeOne(outbox);
      expect(next).toMatchObject({ slot, words: comment(1, 'b'), attempts: 0 });
      expect(next.version).toBeGreaterThan(version);
      await outbox.sent(slot, version);
      await outbox.sent(slot, next.version);
      expect(await bodies(outbox)).toEqual([]);
    });

    it('later: waits as long as asked, newer words of the slot too, and counts attempts', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'), comment(2, 'z'));
      const [first, second] = await outbox.due(2);
      if (first === undefined || second === undefined) throw new Error('nothing is due');
      await outbox.later(first.slot, first.version, 1, 'rate limit, \0 502');
      await say(store, first.words.kind === 'comment' ? { ...first.words, body: 'newer' } : first.words);
      await outbox.later(second.slot, second.version, 0, 'again');
      const again = await outbox.due(10);
      expect(again).toMatchObject([{ slot: second.slot, version: second.version, attempts: 1 }]);
      await sleep(1_100);
      expect(await bodies(outbox)).toEqual(['newer']);
    });

    it('put back: waits without counting as an attempt, and newer words need not wait', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'), comment(2, 'b'));
      const [first, second] = await outbox.due(2);
      if (first === undefined || second === undefined) throw new Error('nothing is due');
      const newer = (words: Words): Words => (words.kind === 'comment' ? { ...words, body: 'newer' } : words);
      await outbox.putBack(first.slot, first.version, 60);
      expect(await bodies(outbox)).toEqual([]);
      await say(store, newer(first.words));
      await say(store, newer(second.words));
      await outbox.putBack(second.slot, second.version, 60);
      expect(await outbox.due(10)).toMatchObject([
        { words: { body: 'newer' }, attempts: 0 },
        { words: { body: 'newer' }, attempts: 0 },
      ]);
    });

    it('put back: what waits because the forge asked goes on waiting when it is said again and again', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await outbox.later(slot, version, 60, 'rate limit');
      for (const text of ['b', 'c', 'd']) await say(store, comment(1, text));
      expect(await bodies(outbox)).toEqual([]);
    });

    it('given up: not due any more, but said again it is tried again', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await outbox.givenUp(slot, version, 'the thread is locked');
      expect(await bodies(outbox)).toEqual([]);
      await say(store, comment(1, 'a'));
      expect(await bodies(outbox)).toEqual(['a']);
    });

    it('given up does not touch newer words', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, comment(1, 'a'));
      const { slot, version } = await takeOne(outbox);
      await say(store, comment(1, 'b'));
      await outbox.givenUp(slot, version, 'no');
      expect(await bodies(outbox)).toEqual(['b']);
    });

    it('two senders at once never get the same slot', async () => {
      const { store, outbox } = await open(await databases().fresh());
      await say(store, ...Array.from({ length: 30 }, (_, i) => comment(i, String(i))));
      const taken = (await Promise.all(Array.from({ length: 6 }, () => outbox.due(10)))).flat();
      expect(new Set(taken.map(({ slot }) => slot)).size).toBe(taken.length);
      expect(taken.length).toBe(30);
    });

    it('gives words again whose sender was killed before it said that they are sent', async () => {
      const location = await databases().fresh();
      const first = await open(location);
      await say(first.store, comment(1, 'a'), comment(2, 'foreign \0 \ud800 text'));
      await first.close();
      const child = startChild(location, 'take-words');
      expect(await child.line()).toBe('took 2');
      await child.kill();
      if (location.kind === 'postgres') {
        // Another process cannot know that it died: its time must run out.
        const early = await open(location);
        expect(await bodies(early.outbox)).toEqual([]);
        await early.close();
        await tamper(location, "update fairlead.outbox set in_flight_until = in_flight_until - interval '2 minutes'");
      }
      const { outbox } = await open(location);
      const due = await outbox.due(10);
      expect(due.map(({ attempts }) => attempts)).toEqual([1, 1]);
      expect(due.map(({ words }) => words)).toContainEqual(comment(2, 'foreign \0 \ud800 text'));
    });
  });
}

/** Words said in one transaction have one time: their order is the database's. */
function bodiesOf(either: readonly string[]): Promise<readonly unknown[]> {
  return Promise.resolve(either.map(() => expect.stringMatching(new RegExp(`^(${either.join('|')})$`, 'u'))));
}
