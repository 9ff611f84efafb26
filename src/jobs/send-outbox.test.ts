import { expect, test } from 'vitest';
import type { Clock } from '../ports/clock.ts';
import type { EffectResult } from '../ports/forge.ts';
import { silentLog } from '../ports/log.ts';
import type { Outbox, Words } from '../ports/store.ts';
import { startSender } from './send-outbox.ts';

const repository = { forge: 'github', id: '5', fullName: 'shop/deploy' };
const comment = (key: string, body: string): Words => ({
  kind: 'comment',
  forge: 'github',
  thread: { kind: 'pull-request', ref: { repository, number: 7 } },
  key,
  body,
});

/** Time that passes when somebody sleeps, so that an hour of sending is a moment of testing. */
function quickClock(): Clock & { milliseconds: number } {
  const clock = {
    milliseconds: 0,
    now: () => new Date(clock.milliseconds),
    sleep: async (milliseconds: number) => {
      clock.milliseconds += milliseconds;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return clock;
}

interface Row {
  version: number;
  words: Words;
  attempts: number;
  dueAt: number;
  taken: boolean;
}

/** An outbox as the port promises it: newest wins, a row is handed out once at a time. */
function memoryOutbox(clock: Clock) {
  const rows = new Map<string, Row>();
  const ended: string[] = [];
  const now = () => clock.now().getTime();
  const current = (slot: string, version: number): Row | undefined => {
    const row = rows.get(slot);
    if (row !== undefined) row.taken = false;
    return row?.version === version ? row : undefined;
  };
  const outbox: Outbox = {
    due: async (limit) =>
      [...rows]
        .filter(([, row]) => !row.taken && row.dueAt <= now())
        .slice(0, limit)
        .map(([slot, row]) => {
          row.taken = true;
          return { slot, version: row.version, words: row.words, attempts: row.attempts };
        }),
    sent: async (slot, version) => {
      if (current(slot, version) !== undefined) rows.delete(slot);
    },
    later: async (slot, version, seconds) => {
      const row = current(slot, version);
      if (row === undefined) return;
      row.dueAt = now() + seconds * 1_000;
      row.attempts += 1;
    },
    putBack: async (slot, version, seconds) => {
      const row = current(slot, version);
      if (row !== undefined) row.dueAt = now() + seconds * 1_000;
    },
    givenUp: async (slot, version, why) => {
      if (current(slot, version) !== undefined) rows.delete(slot);
      ended.push(why);
    },
  };
  const say = (slot: string, words: Words): void => {
    const old = rows.get(slot);
    rows.set(slot, { version: (old?.version ?? 0) + 1, words, attempts: 0, dueAt: 0, taken: old?.taken ?? false });
  };
  return { outbox, rows, ended, say };
}

function start(answer: (key: string, body: string, attempt: number) => EffectResult | Promise<EffectResult>) {
  const clock = quickClock();
  const memory = memoryOutbox(clock);
  const calls: { key: string; body: string; at: number }[] = [];
  const unexpected = async (): Promise<EffectResult> => ({ kind: 'refused', detail: 'unexpected' });
  const make = () =>
    startSender({
      outbox: memory.outbox,
      forges: {
        github: {
          upsertComment: async (_thread, key, body) => {
            calls.push({ key, body, at: clock.milliseconds });
            return answer(key, body, calls.filter((call) => call.key === key).length);
          },
          putCheck: unexpected,
          putDeployment: unexpected,
        },
      },
      clock,
      log: silentLog,
      counted: () => {},
      random: () => 0.5,
    });
  const empty = async (): Promise<void> => {
    for (let n = 0; n < 20_000 && memory.rows.size > 0; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...memory, clock, calls, make, empty };
}

const done: EffectResult = { kind: 'done', id: '1', url: 'https://x' };

test('says what is due and forgets it', async () => {
  const world = start(() => done);
  world.say('a', comment('a', 'hello'));
  const sender = world.make();
  await world.empty();
  await sender.stop();
  expect(world.calls.map(({ body }) => body)).toEqual(['hello']);
});

const progress = (key: string, body: string): Words => {
  const words = comment(key, body);
  return words.kind === 'comment' ? { ...words, progress: true } : words;
};

test('progress said while older words are sent is sent after them, five seconds later, and only the newest', async () => {
  const world = start((_key, _body, attempt) => {
    if (attempt === 1) for (const body of ['second', 'third', 'fourth']) world.say('a', progress('a', body));
    return done;
  });
  world.say('a', comment('a', 'first'));
  const sender = world.make();
  await world.empty();
  await sender.stop();
  expect(world.calls.map(({ body }) => body)).toEqual(['first', 'fourth']);
  expect((world.calls[1]?.at ?? 0) - (world.calls[0]?.at ?? 0)).toBeGreaterThanOrEqual(5_000);
});

test('what is final does not wait for progress that was told a moment ago', async () => {
  const world = start((_key, body) => {
    if (body === 'first') for (const next of [progress('a', 'second'), comment('a', 'last')]) world.say('a', next);
    return done;
  });
  world.say('a', progress('a', 'first'));
  const sender = world.make();
  await world.empty();
  await sender.stop();
  expect(world.calls.map(({ body }) => body)).toEqual(['first', 'last']);
  expect((world.calls[1]?.at ?? 0) - (world.calls[0]?.at ?? 0)).toBeLessThan(1_000);
});

test('a forge that is away gets its words when it is back, after ever longer pauses', async () => {
  const away: EffectResult = { kind: 'retry', afterSeconds: 1, detail: 'GET / answered 502' };
  const world = start((_key, _body, attempt) => (attempt <= 12 ? away : done));
  world.say('a', comment('a', 'hello'));
  const sender = world.make();
  await world.empty();
  await sender.stop();
  expect(world.calls).toHaveLength(13);
  const gaps = world.calls.slice(1).map(({ at }, index) => at - (world.calls[index]?.at ?? 0));
  expect(gaps.at(-1)).toBeGreaterThan(200_000);
  expect(gaps.at(-1)).toBeLessThan(302_000);
});

test('a rate limit stops the whole installation for as long as it says', async () => {
  const world = start((key, _body, attempt) =>
    key === 'a' && attempt === 1 ? { kind: 'retry', afterSeconds: 90, detail: 'secondary rate limit' } : done,
  );
  world.say('a', comment('a', 'x'));
  const sender = world.make();
  while (world.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  world.say('b', comment('b', 'y'));
  sender.wake();
  await world.empty();
  await sender.stop();
  expect(world.calls.slice(1).every(({ at }) => at >= 90_000)).toBe(true);
  expect(world.calls.map(({ key }) => key).sort()).toEqual(['a', 'a', 'b']);
});

test('a thousand comments stay within 80 a minute and 500 an hour', async () => {
  const world = start(() => done);
  for (let n = 0; n < 1_000; n += 1) world.say(`s${n}`, comment(`s${n}`, 'x'));
  const sender = world.make();
  await world.empty();
  await sender.stop();
  const times = world.calls.map(({ at }) => at);
  expect(times).toHaveLength(1_000);
  expect(Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))).toBe(80);
  expect(Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 3_600_000).length))).toBe(500);
});

test('what the forge will never take is given up, and so are words to a forge that is gone', async () => {
  const world = start(() => ({ kind: 'refused', detail: 'the thread is locked' }));
  world.say('a', comment('a', 'x'));
  world.say('b', { ...comment('b', 'x'), forge: 'constructor' });
  const sender = world.make();
  await world.empty();
  await sender.stop();
  expect(world.ended).toEqual(
    expect.arrayContaining(['the thread is locked', 'no forge constructor is configured any more']),
  );
});

test('a bug in one does not stop the others', async () => {
  const world = start((key) => {
    if (key === 'bad') throw new Error('bug');
    return done;
  });
  world.say('bad', comment('bad', 'x'));
  world.say('good', comment('good', 'x'));
  const sender = world.make();
  while (world.rows.has('good')) await new Promise((resolve) => setImmediate(resolve));
  await sender.stop();
  expect([...world.rows.keys()]).toEqual(['bad']);
});

test('stopping lets what is being sent end and be recorded', async () => {
  const gate = Promise.withResolvers<void>();
  const world = start(async () => {
    await gate.promise;
    return done;
  });
  world.say('a', comment('a', 'x'));
  const sender = world.make();
  while (world.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const stopped = sender.stop();
  gate.resolve();
  await stopped;
  expect(world.rows.size).toBe(0);
});
