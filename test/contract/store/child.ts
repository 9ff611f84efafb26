/** A process with a store, started by the contract suite to be killed. Prints one line when it is where it should be. */
import { openStore, type StoreLocation } from '../../../src/adapters/store/open-store.ts';

const [location = '', task = ''] = process.argv.slice(2);
const { store, outbox, runner } = await openStore(JSON.parse(location) as StoreLocation, { report: () => undefined });

switch (task) {
  case 'hang-in-job':
    await runner.start(async (job) => {
      await store.acquireLease('env', 'the dead worker', 3_600);
      process.stdout.write(`running ${job.kind}\n`);
      return await new Promise(() => undefined);
    });
    break;
  case 'take-words': {
    const due = await outbox.due(10);
    process.stdout.write(`took ${due.length}\n`);
    break;
  }
  case 'measure': {
    await runner.start(() => Promise.resolve({ kind: 'done' }));
    for (let number = 0; number < 100; number += 1) {
      const repository = { forge: 'github', id: '1', fullName: 'a/b' };
      await store.transaction((tx) => tx.enqueue({ job: { kind: 'plan', pullRequest: { repository, number } } }));
    }
    while ((await runner.depth()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    process.stdout.write(`${Math.round(process.memoryUsage.rss() / 1_000_000)}\n`);
    break;
  }
  case 'idle':
    process.stdout.write('open\n');
    break;
}
setInterval(() => undefined, 60_000);
