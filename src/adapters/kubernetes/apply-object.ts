/** Server-side apply of one object, for real or dry. */
import type { ApplyOutcome } from '../../domain/apply-outcome.ts';
import { unknown } from '../../domain/evidence.ts';
import { displayName, fieldManager, type KubernetesObject, refOf } from '../../domain/kubernetes.ts';
import type { ApplyOptions } from '../../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { addressable, objectPath } from './resource-path.ts';
import { isKubernetesObject } from './schema.ts';
import { outcomeOfRefusal } from './sort-refusal.ts';
import { plainWords, wordsFor } from './server-words.ts';

/**
 * Applies `object` as it stands; `dry` stores nothing. Sending the same twice is the same as once, so lost answers are asked
 * for again; `created` then speaks of the last attempt.
 */
export async function applyObject(
  client: ApiClient,
  object: KubernetesObject,
  options: ApplyOptions,
  dry: boolean,
  signal: AbortSignal,
): Promise<ApplyOutcome> {
  const { type } = options;
  const namespace = type.namespaced ? (object.metadata.namespace ?? '') : '';
  if (!addressable(type, namespace, object.metadata.name)) {
    const message = plainWords(`no object can be called "${displayName(refOf(object))}"`);
    return { kind: 'invalid', causes: [{ field: 'metadata.name', message }], detail: message };
  }
  const path = objectPath(type, namespace, object.metadata.name);
  const answer = await client.send(
    {
      method: 'PATCH',
      path,
      query: {
        fieldManager,
        fieldValidation: 'Strict',
        force: String(options.force),
        ...(dry ? { dryRun: 'All' } : {}),
      },
      contentType: 'application/apply-patch+yaml',
      body: JSON.stringify(object),
    },
    signal,
  );
  if (answer.kind === 'failed') return { kind: 'unavailable', because: answer.because };
  if (answer.kind === 'refused') return outcomeOfRefusal(answer, type);
  if (!isKubernetesObject(answer.body)) {
    return { kind: 'unavailable', because: unknown('malformed', `PATCH ${path} did not answer with an object`) };
  }
  return {
    kind: 'applied',
    object: answer.body,
    created: answer.status === 201,
    warnings: answer.warnings.map(wordsFor(type)),
  };
}
