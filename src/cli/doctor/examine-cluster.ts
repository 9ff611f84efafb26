/** A cluster as its credentials see it: does it answer, and may they do what the bindings promise. */
import type { Permission } from '../../adapters/kubernetes/access-review.ts';
import { type ClusterConnection, connectCluster } from '../../adapters/kubernetes/connect.ts';
import type { ClusterConfig } from '../../config/operator-config.ts';
import type { Binding } from '../../domain/environment.ts';
import type { Discovery } from '../../domain/kubernetes.ts';
import { matchesKind } from '../../domain/name-pattern.ts';
import { bad, type Examined, good } from './examined.ts';

const limitMilliseconds = 30_000;
/** Questions to one cluster and account; beyond that the first answers say enough. */
const mostQuestions = 500;

/** Dry runs need the same rights as the deed (Kubernetes authorizes before it looks at `dryRun`). */
const planVerbs = ['list', 'create', 'patch'] as const;
const deployVerbs = [...planVerbs, 'delete'] as const;

export async function examineCluster(
  cluster: ClusterConfig,
  bindings: readonly Binding[],
): Promise<readonly Examined[]> {
  const { name, kubeconfig, context, inCluster, planKubeconfig } = cluster;
  const bound = bindings.filter((binding) => binding.cluster === name);
  const target = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    inCluster,
  };
  const deploying = await examineAccount(name, await connectCluster(target), deployVerbs, bound);
  if (planKubeconfig === undefined) return deploying;
  const planning = await connectCluster({ kubeconfig: planKubeconfig });
  return [...deploying, ...(await examineAccount(`${name} (planning)`, planning, planVerbs, bound))];
}

async function examineAccount(
  subject: string,
  connection: ClusterConnection,
  verbs: readonly Permission['verb'][],
  bindings: readonly Binding[],
): Promise<readonly Examined[]> {
  const signal = AbortSignal.timeout(limitMilliseconds);
  try {
    const identity = await connection.reader.identity(signal);
    if (!identity.known) {
      const fix =
        identity.why === 'forbidden'
          ? 'Let this account get the namespace kube-system, whose uid names the cluster (deploy/cluster-accounts.yaml).'
          : 'Correct the kubeconfig, or make the cluster reachable from here.';
      return [bad(subject, identity.detail, fix)];
    }
    const found = await connection.reader.discover(signal);
    if (!found.known) return [bad(subject, found.detail, 'Let this account read what the cluster serves.')];
    const rights = await Promise.all(
      bindings.map((binding) => examineBinding(subject, connection, verbs, binding, found.value, signal)),
    );
    return [good(subject, `Kubernetes ${identity.value.serverVersion}`), ...rights];
  } finally {
    await connection.close();
  }
}

async function examineBinding(
  subject: string,
  connection: ClusterConnection,
  verbs: readonly Permission['verb'][],
  binding: Binding,
  discovery: Discovery,
  signal: AbortSignal,
): Promise<Examined> {
  const line = `${subject}: ${binding.repository}`;
  const questions = questionsFor(binding, verbs, discovery);
  const asked = questions.slice(0, mostQuestions);
  const answers = await Promise.all(
    asked.map(async (permission) => ({ permission, answer: await connection.mayI(permission, signal) })),
  );
  const unclear = answers.find(({ answer }) => !answer.known);
  if (unclear !== undefined && !unclear.answer.known) {
    return bad(line, unclear.answer.detail, 'Let this account create SelfSubjectAccessReviews.');
  }
  const refused = answers.filter(({ answer }) => answer.known && !answer.value).map(({ permission }) => permission);
  const scope = `${binding.kinds.length} kind(s) in ${binding.namespaces.join(', ')}`;
  if (refused.length === 0) {
    const left = questions.length - asked.length;
    return good(line, `may ${verbs.join(', ')} ${scope}${left > 0 ? ` (${left} more questions were not asked)` : ''}`);
  }
  return bad(
    line,
    `may not ${refusals(refused)}`,
    'Grant it to this account (deploy/cluster-accounts.yaml), or take the kinds and namespaces out of the binding.',
  );
}

function questionsFor(
  { kinds, namespaces }: Binding,
  verbs: readonly Permission['verb'][],
  discovery: Discovery,
): readonly Permission[] {
  const everything = kinds.includes('*');
  const types = everything
    ? [{ group: '*', plural: '*', namespaced: true }]
    : discovery.types.filter(
        ({ kind, group, verbs: served }) =>
          served.includes('patch') && kinds.some((pattern) => matchesKind(pattern, kind, group)),
      );
  // The inventory of an environment is a ConfigMap beside what it lists.
  const inventory = { group: '', plural: 'configmaps', namespaced: true };
  const places = namespaces.map((namespace) => (namespace.includes('*') ? '' : namespace));
  const asked = new Map<string, Permission>();
  for (const { group, plural, namespaced } of [...types, inventory]) {
    for (const namespace of namespaced ? places : ['']) {
      for (const verb of verbs) {
        if (plural === inventory.plural && verb === 'delete' && !everything && !kinds.includes('ConfigMap')) continue;
        asked.set(`${verb} ${plural}.${group} ${namespace}`, { verb, group, plural, namespace });
      }
    }
  }
  return [...asked.values()];
}

/** `create, patch deployments.apps in shop; list configmaps in shop`, the first few. */
function refusals(refused: readonly Permission[]): string {
  const verbs = new Map<string, string[]>();
  for (const { verb, group, plural, namespace } of refused) {
    const what = plural === '*' ? 'everything' : group === '' ? plural : `${plural}.${group}`;
    const target = `${what} in ${namespace === '' ? 'the whole cluster' : namespace}`;
    verbs.set(target, [...(verbs.get(target) ?? []), verb]);
  }
  const told = [...verbs].map(([target, which]) => `${which.join(', ')} ${target}`);
  return told.length > 5 ? `${told.slice(0, 5).join('; ')} and ${told.length - 5} more` : told.join('; ');
}
