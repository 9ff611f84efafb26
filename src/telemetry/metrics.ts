/**
 * The metrics, each with labels from closed lists: a label never holds a repository, person, commit or path, so their number stays bounded
 * whatever comes in (H109). A value that is on no list counts as `other`.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Names of forges, clusters and environments come from the configuration, whose number of entries is the operator's own doing. */
export interface MetricsOptions {
  readonly forges: readonly string[];
  readonly clusters: readonly string[];
}

export interface Metrics {
  delivery(forge: string, outcome: string): void;
  /** A job ended after so many seconds. */
  job(kind: string, result: string, seconds: number): void;
  /** Waiting, running and dead jobs, all kinds and states at once. */
  jobDepth(depths: readonly { readonly kind: string; readonly state: string; readonly count: number }[]): void;
  words(kind: string, result: string): void;
  plan(cluster: string, result: string, seconds: number): void;
  deployment(cluster: string, state: string): void;
  /** The text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

const lists = {
  delivery: ['accepted', 'seen', 'ignored', 'refused', 'malformed', 'unavailable'],
  job: ['plan', 'branch', 'deploy', 'drift', 'command', 'tick'],
  jobResult: ['done', 'again', 'failed'],
  jobState: ['waiting', 'running', 'dead'],
  words: ['comment', 'check', 'deployment'],
  wordsResult: ['done', 'retry', 'refused'],
  plan: ['complete', 'incomplete', 'failed'],
  deployment: ['pending', 'held', 'applying', 'waiting', 'pruning', 'succeeded', 'failed', 'superseded'],
} as const;

const seconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const forge = among(options.forges);
  const cluster = among(options.clusters);
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `fairlead_${name}`, help, labelNames, registers });
  const histogram = (name: string, help: string, labelNames: string[]) =>
    new Histogram({ name: `fairlead_${name}`, help, labelNames, buckets: seconds, registers });

  const deliveries = counter('webhook_deliveries_total', 'Webhook deliveries by what became of them', [
    'forge',
    'outcome',
  ]);
  const jobs = histogram('job_seconds', 'Time a job took', ['kind', 'result']);
  const depth = new Gauge({ name: 'fairlead_jobs', help: 'Jobs now', labelNames: ['kind', 'state'], registers });
  const words = counter('forge_words_total', 'What was told to the forges', ['kind', 'result']);
  const plans = histogram('plan_seconds', 'Time an environment took to plan', ['cluster', 'result']);
  const deployments = counter('deployments_total', 'Deployments by the state they came to', ['cluster', 'state']);
  const memory = new Gauge({
    name: 'fairlead_resident_memory_bytes',
    help: 'Resident memory of the process',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  memory.set(0);

  return {
    delivery: (name, outcome) => deliveries.inc({ forge: forge(name), outcome: among(lists.delivery)(outcome) }),
    job: (kind, result, took) =>
      jobs.observe({ kind: among(lists.job)(kind), result: among(lists.jobResult)(result) }, took),
    jobDepth(depths) {
      depth.reset();
      for (const { kind, state, count } of depths) {
        depth.inc({ kind: among(lists.job)(kind), state: among(lists.jobState)(state) }, count);
      }
    },
    words: (kind, result) => words.inc({ kind: among(lists.words)(kind), result: among(lists.wordsResult)(result) }),
    plan: (name, result, took) => plans.observe({ cluster: cluster(name), result: among(lists.plan)(result) }, took),
    deployment: (name, state) => deployments.inc({ cluster: cluster(name), state: among(lists.deployment)(state) }),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function among(allowed: readonly string[]): (value: string) => string {
  return (value) => (allowed.includes(value) ? value : 'other');
}
