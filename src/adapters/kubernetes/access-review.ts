/** May these credentials do something? Asked of the cluster's own authorizers, whichever they are; nothing is stored by asking. */
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import { isJsonObject } from '../../domain/json.ts';
import { unknownFrom } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { objectIn } from './schema.ts';
import { plainWords } from './server-words.ts';

export interface Permission {
  readonly verb: 'get' | 'list' | 'create' | 'patch' | 'delete';
  /** `*` = every group. */
  readonly group: string;
  /** `deployments`; `*` = every resource. */
  readonly plural: string;
  /** '' = the whole cluster. */
  readonly namespace: string;
}

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-access-review-v1/ */
export async function reviewAccess(
  client: ApiClient,
  { verb, group, plural, namespace }: Permission,
  signal: AbortSignal,
): Promise<Evidence<boolean>> {
  const body = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb, group, resource: plural, namespace } },
  };
  const contentType = 'application/json';
  const answer = await client.send({ method: 'POST', path, contentType, body: JSON.stringify(body) }, signal);
  if (answer.kind === 'failed') return answer.because;
  if (answer.kind === 'refused') return unknownFrom(answer, plainWords);
  const allowed = isJsonObject(answer.body) ? objectIn(answer.body, 'status')['allowed'] : undefined;
  return typeof allowed === 'boolean'
    ? known(allowed)
    : unknown('malformed', `POST ${path} did not answer with a review`);
}
