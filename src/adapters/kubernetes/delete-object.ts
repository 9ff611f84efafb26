/** Deletes one object, and only that one: by its uid. */
import type { DeleteOutcome, ObservedRef } from '../../ports/cluster.ts';
import { type Refusal, unknownFrom } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { addressable, objectPath } from './resource-path.ts';
import { wordsFor } from './server-words.ts';
import { isAccessRefusal } from './sort-refusal.ts';

/**
 * Dependents are collected in the background. `deleted` means that the server took the deletion: an object with finalizers
 * stays until they are done. A lost answer is asked for again and then reads `gone`.
 */
export async function deleteObject(
  client: ApiClient,
  { ref, type }: ObservedRef,
  uid: string,
  signal: AbortSignal,
): Promise<DeleteOutcome> {
  const namespace = type.namespaced ? ref.namespace : '';
  if (!addressable(type, namespace, ref.name)) return { kind: 'gone' };
  if (uid === '') return { kind: 'not-ours', detail: 'no uid is recorded for it, so nothing proves that it is ours' };
  const answer = await client.send(
    {
      method: 'DELETE',
      path: objectPath(type, namespace, ref.name),
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid },
        propagationPolicy: 'Background',
      }),
    },
    signal,
  );
  if (answer.kind === 'failed') return { kind: 'unavailable', because: answer.because };
  return answer.kind === 'ok' ? { kind: 'deleted' } : outcomeOf(answer, wordsFor(type));
}

function outcomeOf(refusal: Refusal, words: (text: string) => string): DeleteOutcome {
  const { code, status, genuine } = refusal;
  const unavailable: DeleteOutcome = { kind: 'unavailable', because: unknownFrom(refusal, words) };
  if (!genuine || code === 401) return unavailable;
  if (code === 404) return { kind: 'gone' };
  // "the UID in the precondition (a) does not match the UID in record (b)" and, before 1.2x, "Precondition failed: UID in …".
  if (code === 409 && /precondition/i.test(status.message)) {
    return { kind: 'not-ours', detail: 'another object of the same name has taken its place' };
  }
  if (/denied (?:the )?request/.test(status.message)) return { kind: 'denied', detail: words(status.message) };
  if (code === 403 && !isAccessRefusal(status.message)) return { kind: 'denied', detail: words(status.message) };
  if (code === 400 || code === 405 || code === 422) return { kind: 'denied', detail: words(status.message) };
  return unavailable;
}
