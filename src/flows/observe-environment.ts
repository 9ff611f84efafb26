/** Looks at the cluster for one environment: live objects, inventory, and what the server would store. Changes nothing. */
import { incompleteBecause } from '../core/plan/incomplete.ts';
import type { JudgedItem, PlanInput } from '../core/plan/plan-input.ts';
import { stagesOf } from '../core/plan/stages.ts';
import { resolveScope, type ScopeResult } from '../core/validate/scope.ts';
import type { DesiredObject, ResolvedObject } from '../domain/desired.ts';
import type { Environment } from '../domain/environment.ts';
import type { Finding } from '../domain/finding.ts';
import { known, type Evidence } from '../domain/evidence.ts';
import type { Inventory, InventoryEntry } from '../domain/inventory.ts';
import { objectKey, refOf, type Discovery, type KubernetesObject } from '../domain/kubernetes.ts';
import type { Incomplete } from '../domain/plan.ts';
import type { ClusterReader, InventoryRef, Observation, ObservedRef } from '../ports/cluster.ts';
import { dryRunItem, type DeclaredBefore, type DryRunContext } from './dry-run-item.ts';
import { declaredKeys, leavingEntries, pruneItems, type LeavingEntries } from './leaving-objects.ts';
import { mapLimited } from './map-limited.ts';

export type Observed = Pick<
  PlanInput,
  'identity' | 'items' | 'prunes' | 'forgotten' | 'applySetId' | 'inventorySize' | 'findings' | 'incomplete'
> & { readonly inventory: Inventory | undefined };

const nobody = { uid: '', serverVersion: '' };
const dryRunsAtOnce = 8;
/** Kinds looked at side by side; the connection's own limit of requests in flight holds over all of them. */
const groupsAtOnce = 4;

export function inventoryRefOf(environment: Environment): InventoryRef {
  return {
    environmentKey: environment.key,
    name: `fairlead-${environment.spec.name}`,
    namespace: environment.spec.namespace,
  };
}

export async function observeEnvironment(
  reader: ClusterReader,
  environment: Environment,
  desired: readonly DesiredObject[],
  before: DeclaredBefore,
  judging: Pick<PlanInput, 'fingerprint' | 'lineOf'>,
  signal: AbortSignal,
): Promise<Observed> {
  const [identity, discovery, inventory] = await Promise.all([
    reader.identity(signal),
    reader.discover(signal),
    reader.readInventory(inventoryRefOf(environment), signal),
  ]);
  if (!identity.known) return unseen(incompleteBecause(identity));
  if (!discovery.known) return unseen(incompleteBecause(discovery));
  if (!inventory.known) return unseen(incompleteBecause(inventory));
  const { entries, applySetId, exists } = inventory.value;
  const sorted = await sortKinds(reader, environment, desired, entries, discovery.value, signal);
  if (!sorted.known) return unseen(incompleteBecause(sorted));
  const { scope, leaving, served } = sorted.value;
  const home = homeNamespace(environment, served);
  const around = await reader.observe([...leaving.known, ...home], signal);
  const namespaces = declaredNamespaces(scope.resolved);
  const definitions = declaredDefinitions(scope.resolved);
  const context: DryRunContext = {
    ...judging,
    reader,
    environment,
    before,
    applySetId,
    namespaces,
    definitions,
    signal,
  };
  const looked = await mapLimited(groupsOf(scope.resolved), groupsAtOnce, (group) => lookAtGroup(group, context));
  const left = await pruneItems(leaving.known, around.objects, entries, applySetId, before, reader, signal);
  const homeless = exists ? [] : homelessFinding(environment, home, around, namespaces);
  const unread = [...around.unread, ...looked.flatMap((one) => one.unread)];
  return {
    identity: identity.value,
    items: inApplyOrder(looked.flatMap((one) => one.items)),
    prunes: left.prunes,
    forgotten: [...left.forgotten, ...leaving.unserved],
    applySetId,
    inventorySize: entries.length,
    findings: [...scope.findings, ...homeless],
    incomplete: [...unreadParts(scope, unread), ...leaving.broken],
    inventory: inventory.value,
  };
}

interface SortedKinds {
  readonly scope: ScopeResult;
  readonly leaving: LeavingEntries;
  readonly served: Discovery;
}

/** What the server serves is remembered for a while: before a kind is said not to be there, it is asked for anew. */
async function sortKinds(
  reader: ClusterReader,
  environment: Environment,
  desired: readonly DesiredObject[],
  entries: readonly InventoryEntry[],
  remembered: Discovery,
  signal: AbortSignal,
): Promise<Evidence<SortedKinds>> {
  const sort = (served: Discovery): SortedKinds => {
    const scope = resolveScope(desired, environment, served);
    return { scope, leaving: leavingEntries(entries, declaredKeys(scope), served), served };
  };
  const first = sort(remembered);
  const unknownKinds = first.scope.findings.some(({ code }) => code === 'kind-unknown');
  if (!unknownKinds && first.leaving.unserved.length === 0) return known(first);
  const fresh = await reader.discover(signal, { fresh: true });
  return fresh.known ? known(sort(fresh.value)) : fresh;
}

function unseen(incomplete: Incomplete): Observed {
  const nothing = { items: [], prunes: [], forgotten: [], applySetId: '', inventorySize: 0, findings: [] };
  return { ...nothing, identity: nobody, inventory: undefined, incomplete: [incomplete] };
}

/** What could not be read is said and not planned; nothing of it may be taken as absent. */
function unreadParts(scope: ScopeResult, unread: Observation['unread']): readonly Incomplete[] {
  return [
    ...unread.map(({ type, namespace, because }) => {
      const where = namespace === '' ? 'the cluster' : namespace;
      return incompleteBecause({ ...because, detail: `${type.kind} in ${where}: ${because.detail}` });
    }),
    ...scope.brokenGroupObjects.map(({ object, source }): Incomplete => ({
      reason: 'group-unavailable',
      detail: `the API group ${object.apiVersion} does not answer, and ${source.file} needs it`,
    })),
  ];
}

/** Objects of one kind in one namespace: what one LIST answers. */
function groupsOf(resolved: readonly ResolvedObject[]): readonly (readonly ResolvedObject[])[] {
  const groups = new Map<string, ResolvedObject[]>();
  for (const one of resolved) {
    const key = `${one.type.group}/${one.type.kind}/${one.desired.object.metadata.namespace ?? ''}`;
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}

interface LookedAt {
  readonly items: readonly JudgedItem[];
  readonly unread: Observation['unread'];
}

/** Reads and dry-runs one group; its live objects are let go with it. A group that could not be read is not planned. */
async function lookAtGroup(group: readonly ResolvedObject[], context: DryRunContext): Promise<LookedAt> {
  const items: JudgedItem[] = [];
  for (const part of partsOf(group)) {
    const refs = part
      .filter(({ declaredByCrd }) => !declaredByCrd)
      .map(({ desired, type }): ObservedRef => ({ ref: refOf(desired.object), type }));
    const seen = await context.reader.observe(refs, context.signal);
    if (seen.unread.length > 0) return { items: [], unread: seen.unread };
    const judged = await mapLimited(part, dryRunsAtOnce, (one) =>
      dryRunItem(one, seen.objects.get(objectKey(refOf(one.desired.object))), context),
    );
    items.push(...judged);
  }
  return { items, unread: [] };
}

/** Definitions weigh a megabyte each, and as much again in managed fields: two at a time, so that they are never all in memory. */
function partsOf(group: readonly ResolvedObject[]): readonly (readonly ResolvedObject[])[] {
  if (group[0]?.type.kind !== 'CustomResourceDefinition') return [group];
  const parts: ResolvedObject[][] = [];
  for (let start = 0; start < group.length; start += 2) parts.push(group.slice(start, start + 2));
  return parts;
}

function inApplyOrder(items: readonly JudgedItem[]): readonly JudgedItem[] {
  return stagesOf(items, ({ resolved }) => resolved.desired.object).flat();
}

function declaredDefinitions(resolved: readonly ResolvedObject[]): readonly KubernetesObject[] {
  return resolved.map(({ desired }) => desired.object).filter(({ kind }) => kind === 'CustomResourceDefinition');
}

function declaredNamespaces(resolved: readonly ResolvedObject[]): ReadonlySet<string> {
  return new Set(
    resolved
      .filter(({ type }) => type.group === '' && type.kind === 'Namespace')
      .map(({ desired }) => desired.object.metadata.name),
  );
}

/** The environment's own namespace: its inventory lives there. */
function homeNamespace(environment: Environment, discovery: Discovery): readonly ObservedRef[] {
  const type = discovery.types.find(({ group, kind }) => group === '' && kind === 'Namespace');
  if (type === undefined) return [];
  const name = environment.spec.namespace;
  return [{ ref: { group: '', version: 'v1', kind: 'Namespace', namespace: '', name }, type }];
}

/** Told while it is planned, not found out when the inventory cannot be written. */
function homelessFinding(
  environment: Environment,
  home: readonly ObservedRef[],
  seen: Observation,
  declared: ReadonlySet<string>,
): readonly Finding[] {
  const { namespace, name } = environment.spec;
  const there = home.every(({ ref }) => seen.objects.has(objectKey(ref)));
  if (there || declared.has(namespace) || seen.unread.some(({ type }) => type.kind === 'Namespace')) return [];
  const detail = `environment ${name} keeps its inventory in the namespace ${namespace}, which does not exist`;
  return [{ code: 'home-namespace-missing', severity: 'error', file: '.fairlead.yaml', line: 1, detail }];
}
