/** Looks at the cluster for one environment: live objects, inventory, and what the server would store. Changes nothing. */
import { isOurs, marked, withOthersFields } from '../core/plan/marks.ts';
import { stagesOf } from '../core/plan/stages.ts';
import { incompleteBecause } from '../core/plan/incomplete.ts';
import type { BeforeChange, DryRun, PlanInput, PlanItem, PruneItem } from '../core/plan/plan-input.ts';
import { resolveScope, type ScopeResult } from '../core/validate/scope.ts';
import type { DesiredObject, ResolvedObject } from '../domain/desired.ts';
import type { Environment } from '../domain/environment.ts';
import type { Inventory, InventoryEntry } from '../domain/inventory.ts';
import {
  objectKey,
  refOf,
  type Discovery,
  type KubernetesObject,
  type ObjectRef,
  type ResourceType,
} from '../domain/kubernetes.ts';
import type { Incomplete } from '../domain/plan.ts';
import type { ApplyOutcome, ClusterReader, InventoryRef, ObservedRef } from '../ports/cluster.ts';
import { mapLimited } from './map-limited.ts';

export type Observed = Pick<
  PlanInput,
  'identity' | 'items' | 'prunes' | 'forgotten' | 'applySetId' | 'inventorySize' | 'findings' | 'incomplete'
> & { readonly inventory: Inventory | undefined };

/** What Git said before the change, by object key; `undefined` = not compared. */
export type DeclaredBefore = ReadonlyMap<string, DesiredObject> | undefined;

const nobody = { uid: '', serverVersion: '' };
const dryRunsAtOnce = 8;
/** Exists in every cluster: where objects are tried out whose own namespace comes with the same plan. */
const standInNamespace = 'default';

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
  signal: AbortSignal,
): Promise<Observed> {
  const [identity, discovery, inventory] = await Promise.all([
    reader.identity(signal),
    reader.discover(signal),
    reader.readInventory(inventoryRefOf(environment), signal),
  ]);
  const nothing = { items: [], prunes: [], forgotten: [], applySetId: '', inventorySize: 0, findings: [] };
  for (const evidence of [identity, discovery, inventory]) {
    if (!evidence.known) {
      return { ...nothing, identity: nobody, inventory: undefined, incomplete: [incompleteBecause(evidence)] };
    }
  }
  if (!identity.known || !discovery.known || !inventory.known) throw new Error('unreachable: checked above');
  const scope = resolveScope(desired, environment, discovery.value);
  const entries = inventory.value.entries;
  const leaving = leavingEntries(entries, declaredKeys(scope), discovery.value);
  const seen = await reader.observe([...observedRefs(scope.resolved), ...leaving.known], signal);
  const incomplete: Incomplete[] = [
    ...seen.unread.map(({ type, namespace, because }) =>
      incompleteBecause({
        ...because,
        detail: `${type.kind} in ${namespace === '' ? 'the cluster' : namespace}: ${because.detail}`,
      }),
    ),
    ...scope.brokenGroupObjects.map((object): Incomplete => ({
      reason: 'group-unavailable',
      detail: `the API group ${object.object.apiVersion} does not answer, and ${object.source.file} needs it`,
    })),
  ];
  const unreadKinds = new Set(seen.unread.map(({ type, namespace }) => `${type.group}/${type.kind}/${namespace}`));
  const inApplyOrder = stagesOf(scope.resolved, ({ desired: one }) => one.object).flat();
  const readable = inApplyOrder.filter((one) => !unreadKinds.has(kindPlace(one)));
  const context: DryRunContext = {
    reader,
    environment,
    live: seen.objects,
    before,
    applySetId: inventory.value.applySetId,
    namespaces: declaredNamespaces(scope.resolved),
    signal,
  };
  const items = await mapLimited(readable, dryRunsAtOnce, (one) => dryRunItem(one, context));
  const { prunes, forgotten } = await pruneItems(
    leaving.known,
    seen.objects,
    entries,
    inventory.value.applySetId,
    before,
    reader,
    signal,
  );
  return {
    identity: identity.value,
    items,
    prunes,
    forgotten: [...forgotten, ...leaving.unserved],
    applySetId: inventory.value.applySetId,
    inventorySize: entries.length,
    findings: scope.findings,
    incomplete,
    inventory: inventory.value,
  };
}

function observedRefs(resolved: readonly ResolvedObject[]): readonly ObservedRef[] {
  return resolved
    .filter(({ declaredByCrd }) => !declaredByCrd)
    .map(({ desired, type }) => ({ ref: refOf(desired.object), type }));
}

function kindPlace({ desired, type }: ResolvedObject): string {
  return `${type.group}/${type.kind}/${desired.object.metadata.namespace ?? ''}`;
}

function declaredNamespaces(resolved: readonly ResolvedObject[]): ReadonlySet<string> {
  return new Set(
    resolved
      .filter(({ type }) => type.group === '' && type.kind === 'Namespace')
      .map(({ desired }) => desired.object.metadata.name),
  );
}

/** Everything declared, also what is refused or cannot be looked at: it is no reason to prune. */
function declaredKeys(scope: ScopeResult): ReadonlySet<string> {
  return new Set([
    ...scope.resolved.map(({ desired }) => objectKey(refOf(desired.object))),
    ...scope.brokenGroupObjects.map(({ object }) => objectKey(refOf(object))),
    ...scope.refused.map((ref) => objectKey(ref)),
  ]);
}

/** Inventory entries that are not declared any more, with the type to read them by; kinds no longer served have no objects. */
function leavingEntries(
  entries: readonly InventoryEntry[],
  declared: ReadonlySet<string>,
  discovery: Discovery,
): { readonly known: readonly ObservedRef[]; readonly unserved: readonly ObjectRef[] } {
  const known: ObservedRef[] = [];
  const unserved: ObjectRef[] = [];
  for (const { ref } of entries) {
    if (declared.has(objectKey(ref))) continue;
    const type = servedType(discovery, ref);
    if (type === undefined) unserved.push(ref);
    else known.push({ ref, type });
  }
  return { known, unserved };
}

function servedType(discovery: Discovery, ref: ObjectRef): ResourceType | undefined {
  const same = discovery.types.filter(({ group, kind }) => group === ref.group && kind === ref.kind);
  return same.find(({ version }) => version === ref.version) ?? same[0];
}

interface DryRunContext {
  readonly reader: ClusterReader;
  readonly environment: Environment;
  readonly live: ReadonlyMap<string, KubernetesObject>;
  readonly before: DeclaredBefore;
  readonly applySetId: string;
  readonly namespaces: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

async function dryRunItem(resolved: ResolvedObject, context: DryRunContext): Promise<PlanItem> {
  const { desired } = resolved;
  const key = objectKey(refOf(desired.object));
  const live = context.live.get(key);
  const object = marked(withOthersFields(desired.object, live, context.environment.spec.ignore), context.applySetId);
  const tried = await dryRunObject(object, resolved, context);
  return {
    resolved,
    live,
    ...tried,
    before: await beforeOf(key, resolved, live, context),
  };
}

async function dryRunObject(
  object: KubernetesObject,
  resolved: ResolvedObject,
  context: DryRunContext,
): Promise<{ readonly outcome: DryRun; readonly takenFrom: readonly string[] }> {
  if (resolved.declaredByCrd) return { outcome: { kind: 'declared-only' }, takenFrom: [] };
  const { reader, signal, environment } = context;
  const options = { type: resolved.type, force: false };
  const first = await reader.dryRunApply(object, options, signal);
  if (first.kind === 'namespace-missing' && context.namespaces.has(object.metadata.namespace ?? '')) {
    const elsewhere = { ...object, metadata: { ...object.metadata, namespace: standInNamespace } };
    const checked = await reader.dryRunApply(elsewhere, { ...options, force: true }, signal);
    return { outcome: isRefusal(checked) ? checked : { kind: 'declared-only' }, takenFrom: [] };
  }
  if (first.kind !== 'conflict') return { outcome: first, takenFrom: [] };
  const managers = first.conflicts.map(({ manager }) => manager);
  if (managers.length === 0 || !managers.every((manager) => mayTakeFrom(manager, environment))) {
    return { outcome: first, takenFrom: [] };
  }
  return { outcome: await reader.dryRunApply(object, { ...options, force: true }, signal), takenFrom: managers };
}

/** The server refuses the object itself, whatever namespace it is tried in. */
function isRefusal(outcome: ApplyOutcome): boolean {
  return outcome.kind === 'invalid' || outcome.kind === 'denied' || outcome.kind === 'unavailable';
}

/** Managers of people at a keyboard, and those the environment names. */
function mayTakeFrom(manager: string, environment: Environment): boolean {
  return (
    manager.startsWith('kubectl') || manager === 'before-first-apply' || environment.spec.takeOver.includes(manager)
  );
}

async function beforeOf(
  key: string,
  resolved: ResolvedObject,
  live: KubernetesObject | undefined,
  context: DryRunContext,
): Promise<BeforeChange> {
  if (context.before === undefined) return { kind: 'not-compared' };
  const desired = context.before.get(key);
  if (desired === undefined) return { kind: 'absent' };
  if (JSON.stringify(desired.object) === JSON.stringify(resolved.desired.object)) return { kind: 'same' };
  if (live === undefined || resolved.declaredByCrd) return { kind: 'differs', desired };
  const outcome = await context.reader.dryRunApply(
    marked(desired.object, context.applySetId),
    { type: resolved.type, force: true },
    context.signal,
  );
  return { kind: 'differs', desired, outcome };
}

async function pruneItems(
  leaving: readonly ObservedRef[],
  live: ReadonlyMap<string, KubernetesObject>,
  entries: readonly InventoryEntry[],
  applySetId: string,
  before: DeclaredBefore,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<{ readonly prunes: readonly PruneItem[]; readonly forgotten: readonly ObjectRef[] }> {
  const byKey = new Map(entries.map((entry) => [objectKey(entry.ref), entry]));
  const prunes: PruneItem[] = [];
  const forgotten: ObjectRef[] = [];
  for (const { ref } of leaving) {
    const key = objectKey(ref);
    const entry = byKey.get(key);
    const object = live.get(key);
    if (entry === undefined || object === undefined) continue;
    // uid '' was announced before its first apply: then our label and our manager's entry are the proof.
    const sameObject = entry.uid === '' ? isOurs(object, applySetId) : object.metadata.uid === entry.uid;
    if (!sameObject || object.metadata.labels?.['applyset.kubernetes.io/part-of'] !== applySetId) {
      forgotten.push(ref);
      continue;
    }
    const instances = await instancesOf(object, reader, signal);
    const declaredBefore = before === undefined || before.has(key);
    prunes.push({ entry, live: object, declaredBefore, ...(instances === undefined ? {} : { instances }) });
  }
  return { prunes, forgotten };
}

/** How many objects go with a CustomResourceDefinition; `undefined` for other kinds. */
async function instancesOf(
  object: KubernetesObject,
  reader: ClusterReader,
  signal: AbortSignal,
): Promise<number | 'unknown' | undefined> {
  if (object.kind !== 'CustomResourceDefinition') return undefined;
  const discovery = await reader.discover(signal);
  if (!discovery.known) return 'unknown';
  const name = object.metadata.name;
  const type = discovery.value.types.find(({ plural, group }) => `${plural}.${group}` === name);
  if (type === undefined) return 'unknown';
  const count = await reader.count(type, 1000, signal);
  return count.known ? count.value : 'unknown';
}
