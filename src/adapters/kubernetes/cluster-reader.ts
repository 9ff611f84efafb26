/** The planner's view of a cluster: reads and dry runs, no method that changes anything. */
import type { ApplyOutcome } from '../../domain/apply-outcome.ts';
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import type { Inventory } from '../../domain/inventory.ts';
import type { ClusterIdentity, Discovery, KubernetesObject, ObjectRef, ResourceType } from '../../domain/kubernetes.ts';
import type {
  ApplyOptions,
  ClusterReader,
  InventoryRef,
  Observation,
  ObservedRef,
  RelatedPods,
} from '../../ports/cluster.ts';
import { unknownFrom } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { applyObject } from './apply-object.ts';
import { discover } from './discovery.ts';
import { readInventory } from './inventory.ts';
import { observe } from './observe.ts';
import { readObject, readPage } from './read-object.ts';
import { relatedPods } from './related-pods.ts';
import { parseServerVersion } from './schema.ts';
import { plainWords } from './server-words.ts';

const namespaceType: ResourceType = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  namespaced: false,
  verbs: ['get'],
};

export class KubernetesReader implements ClusterReader {
  readonly #client: ApiClient;
  #discovered: { readonly at: number; readonly discovery: Discovery } | undefined;
  #version: { readonly at: number; readonly text: string } | undefined;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** The uid is asked for every time, as an address may come to mean another cluster; the version is remembered for a while. */
  async identity(signal: AbortSignal): Promise<Evidence<ClusterIdentity>> {
    const [system, version] = await Promise.all([
      readObject(this.#client, namespaceType, '', 'kube-system', signal),
      this.#serverVersion(signal),
    ]);
    if (!system.known) return system;
    if (!version.known) return version;
    const uid = system.value?.metadata.uid ?? '';
    if (uid === '')
      return unknown('empty', 'the namespace kube-system, whose uid identifies the cluster, is not there');
    return known({ uid, serverVersion: version.value });
  }

  async discover(signal: AbortSignal, options: { readonly fresh?: boolean } = {}): Promise<Evidence<Discovery>> {
    const kept = this.#discovered;
    if (options.fresh !== true && kept !== undefined && this.#isRecent(kept.at)) return known(kept.discovery);
    const found = await discover(this.#client, signal);
    this.#discovered = found.known ? { at: performance.now(), discovery: found.value } : undefined;
    return found;
  }

  observe(wanted: readonly ObservedRef[], signal: AbortSignal): Promise<Observation> {
    return observe(this.#client, wanted, signal);
  }

  async count(type: ResourceType, limit: number, signal: AbortSignal): Promise<Evidence<number>> {
    let counted = 0;
    for (let from = ''; ;) {
      // To the API server, a limit of 0 is none.
      const pageSize = Math.max(1, Math.min(limit - counted, this.#client.limits.pageSize));
      const asked = { type, namespace: '', limit: pageSize, from, metadataOnly: true };
      const answer = await readPage(this.#client, asked, signal);
      // A kind that is not served has no instances one could see, which is not the same as having none.
      if (answer.kind === 'absent') return unknown('not-found', `the server does not serve ${type.plural} now`);
      if (answer.kind !== 'page') return answer.because;
      counted += answer.page.items.length;
      if (counted >= limit || answer.page.next === '') return known(Math.min(counted, limit));
      from = answer.page.next;
    }
  }

  dryRunApply(object: KubernetesObject, options: ApplyOptions, signal: AbortSignal): Promise<ApplyOutcome> {
    return applyObject(this.#client, object, options, true, signal);
  }

  readInventory(ref: InventoryRef, signal: AbortSignal): Promise<Evidence<Inventory>> {
    return readInventory(this.#client, ref, signal);
  }

  related(ref: ObjectRef, signal: AbortSignal): Promise<Evidence<RelatedPods>> {
    return relatedPods(this.#client, ref, signal);
  }

  requests(): number {
    return this.#client.sent;
  }

  async #serverVersion(signal: AbortSignal): Promise<Evidence<string>> {
    if (this.#version !== undefined && this.#isRecent(this.#version.at)) return known(this.#version.text);
    const answer = await this.#client.send({ method: 'GET', path: '/version' }, signal);
    if (answer.kind === 'failed') return answer.because;
    if (answer.kind === 'refused') return unknownFrom(answer, plainWords);
    const text = parseServerVersion(answer.body);
    if (text === undefined) return unknown('malformed', 'GET /version did not answer with a version');
    this.#version = { at: performance.now(), text: plainWords(text) };
    return known(this.#version.text);
  }

  #isRecent(at: number): boolean {
    return performance.now() - at < this.#client.limits.discoveryMs;
  }
}
