/** What the server serves: by aggregated discovery (two requests), or group by group where the server is too old for it. */
import { type Evidence, known, unknown } from '../../domain/evidence.ts';
import type { Discovery, ResourceType } from '../../domain/kubernetes.ts';
import { unknownFrom } from './api-answer.ts';
import type { ApiClient } from './api-client.ts';
import { parseAggregatedDiscovery, parseCoreVersions, parseGroupVersions, parseResourceList } from './schema.ts';
import { plainWords } from './server-words.ts';

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery: v2 since 1.30, v2beta1 since 1.26. */
const accept = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .concat('application/json')
  .join(',');

/**
 * Groups that do not answer stand in `brokenGroups` and stop nothing else. Unknown only when `/api` or `/apis` themselves
 * cannot be read.
 */
export async function discover(client: ApiClient, signal: AbortSignal): Promise<Evidence<Discovery>> {
  const [core, groups] = await Promise.all([
    discoverRoot(client, '/api', signal),
    discoverRoot(client, '/apis', signal),
  ]);
  if (!core.known) return core;
  if (!groups.known) return groups;
  if (core.value.types.length === 0) return unknown('empty', 'the server says that it serves no core kinds');
  return known({
    types: [...core.value.types, ...groups.value.types],
    brokenGroups: [...core.value.brokenGroups, ...groups.value.brokenGroups],
  });
}

async function discoverRoot(
  client: ApiClient,
  path: '/api' | '/apis',
  signal: AbortSignal,
): Promise<Evidence<Discovery>> {
  const answer = await client.send({ method: 'GET', path, accept, bulk: true }, signal);
  if (answer.kind === 'failed') return answer.because;
  if (answer.kind === 'refused') return unknownFrom(answer, plainWords);
  const aggregated = parseAggregatedDiscovery(answer.body);
  if (aggregated !== undefined) return known(aggregated);
  const versions = path === '/api' ? parseCoreVersions(answer.body) : parseGroupVersions(answer.body);
  if (versions === undefined) return unknown('malformed', `GET ${path} did not answer with API discovery`);
  return known(await discoverEach(client, path, versions, signal));
}

async function discoverEach(
  client: ApiClient,
  root: string,
  groupVersions: readonly string[],
  signal: AbortSignal,
): Promise<Discovery> {
  const types: ResourceType[] = [];
  const brokenGroups: string[] = [];
  await Promise.all(
    groupVersions.map(async (groupVersion) => {
      const [group = '', version = ''] = groupVersion.includes('/') ? groupVersion.split('/', 2) : ['', groupVersion];
      const answer = await client.send({ method: 'GET', path: `${root}/${groupVersion}`, bulk: true }, signal);
      const listed = answer.kind === 'ok' ? parseResourceList(answer.body, group, version) : undefined;
      if (listed === undefined) brokenGroups.push(groupVersion);
      else types.push(...listed);
    }),
  );
  return { types, brokenGroups };
}
