import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

test('label values come from closed lists, whatever is counted (H109)', async () => {
  const metrics = createMetrics({ forges: ['github'], clusters: ['prod-eu'] });
  for (let n = 0; n < 1_000; n += 1) {
    metrics.delivery(`forge-${n}`, `outcome-${n}`);
    metrics.job(`job-${n}`, `result-${n}`, 1);
    metrics.words(`kind-${n}`, 'done');
    metrics.plan(`cluster-${n}`, 'complete', 1);
    metrics.deployment(`cluster-${n}`, 'succeeded');
  }
  metrics.delivery('github', 'accepted');
  metrics.jobDepth([
    { kind: 'plan', state: 'waiting', count: 3 },
    { kind: 'else', state: 'waiting', count: 1 },
    { kind: 'more', state: 'waiting', count: 1 },
  ]);
  const { body, contentType } = await metrics.render();
  expect(contentType).toContain('text/plain');
  expect(body).toContain('fairlead_webhook_deliveries_total{forge="github",outcome="accepted"} 1');
  expect(body).toContain('fairlead_webhook_deliveries_total{forge="other",outcome="other"} 1000');
  expect(body).toContain('fairlead_jobs{kind="plan",state="waiting"} 3');
  expect(body).toContain('fairlead_jobs{kind="other",state="waiting"} 2');
  expect(body).toMatch(/fairlead_resident_memory_bytes [1-9]\d{6,}/);
  expect(body.split('\n').length).toBeLessThan(100);
  metrics.jobDepth([]);
  expect((await metrics.render()).body).not.toContain('kind="plan",state="waiting"');
});

test('two of them do not share anything', async () => {
  const first = createMetrics({ forges: ['github'], clusters: [] });
  const second = createMetrics({ forges: ['github'], clusters: [] });
  first.delivery('github', 'accepted');
  expect((await second.render()).body).not.toContain('outcome="accepted"');
});
