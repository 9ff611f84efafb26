/** One object by name, and one page of many: the two ways of reading everything else is made of. */
import { type Evidence, known, type Unknown, unknown } from '../../domain/evidence.ts';
import { apiVersionOf, type KubernetesObject, type ResourceType } from '../../domain/kubernetes.ts';
import { type ApiAnswer, unknownFrom } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { collectionPath, objectPath } from './resource-path.ts';
import { isKubernetesObject, type Page, parsePage } from './schema.ts';
import { wordsFor } from './server-words.ts';

/** The object, or `undefined` when the API server itself says that it (or its kind) is not there. */
export async function readObject(
  client: ApiClient,
  type: ResourceType,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<Evidence<KubernetesObject | undefined>> {
  const path = objectPath(type, namespace, name);
  const answer = await client.send({ method: 'GET', path }, signal);
  if (isAbsent(answer)) return known(undefined);
  if (answer.kind === 'failed') return answer.because;
  if (answer.kind === 'refused') return unknownFrom(answer, wordsFor(type));
  return isKubernetesObject(answer.body)
    ? known(answer.body)
    : unknown('malformed', `GET ${path} did not answer with an object`);
}

export interface PageRequest {
  readonly type: ResourceType;
  /** '' = the whole cluster. */
  readonly namespace: string;
  readonly limit: number;
  /** Continue token of the page before; '' = from the start. */
  readonly from: string;
  readonly labelSelector?: string;
  /** Only names and labels: a fraction of the bytes. */
  readonly metadataOnly?: boolean;
}

export type PageAnswer =
  | { readonly kind: 'page'; readonly page: Page }
  | { readonly kind: 'absent' }
  /** The page was larger than the limit for pages: ask for fewer objects. */
  | { readonly kind: 'too-large'; readonly because: Unknown }
  /** The continue token is too old: begin anew. */
  | { readonly kind: 'expired'; readonly because: Unknown }
  | { readonly kind: 'unread'; readonly because: Unknown };

const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export async function readPage(client: ApiClient, asked: PageRequest, signal: AbortSignal): Promise<PageAnswer> {
  const { type } = asked;
  const path = collectionPath(type, asked.namespace);
  const answer = await client.send(
    {
      method: 'GET',
      path,
      query: {
        limit: String(asked.limit),
        ...(asked.from === '' ? {} : { continue: asked.from }),
        ...(asked.labelSelector === undefined ? {} : { labelSelector: asked.labelSelector }),
      },
      bulk: true,
      mostBytes: client.limits.pageBytes,
      ...(asked.metadataOnly === true ? { accept: metadataAccept } : {}),
    },
    signal,
  );
  if (isAbsent(answer)) return { kind: 'absent' };
  if (answer.kind === 'failed') {
    return { kind: answer.tooLarge === true ? 'too-large' : 'unread', because: answer.because };
  }
  if (answer.kind === 'refused') {
    return { kind: answer.code === 410 ? 'expired' : 'unread', because: unknownFrom(answer, wordsFor(type)) };
  }
  const page = parsePage(answer.body, apiVersionOf(type), type.kind);
  if (page === undefined) {
    return { kind: 'unread', because: unknown('malformed', `GET ${path} did not answer with a list of objects`) };
  }
  return { kind: 'page', page };
}

function isAbsent(answer: ApiAnswer): boolean {
  return answer.kind === 'refused' && answer.code === 404 && answer.genuine;
}
