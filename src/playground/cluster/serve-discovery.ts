/** Answers what is not about objects: discovery documents, the version, unknown paths. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answer, plain } from './answer.ts';
import { noSuchResource } from './api-error.ts';
import * as discovery from './discovery.ts';
import type { Face } from './face.ts';
import type { Route } from './route.ts';
import type { Tree } from './value.ts';

export function serveDiscovery(
  face: Face,
  found: Exclude<Route, { kind: 'resource' }>,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (found.kind === 'unavailable') {
    plain(response, 503, 'service unavailable\n');
    return;
  }
  if (found.kind === 'no-resource') throw noSuchResource();
  if (found.kind === 'groupVersion') {
    const body = discovery.resourceList(face.registry, found.group, found.version);
    if (body === undefined) throw noSuchResource();
    answer(request, response, 200, body);
    return;
  }
  const body = found.kind === 'group' ? discovery.group(face.registry, found.group) : rootDocument(face, url, request);
  if (body === undefined) plain(response, 404, '404 page not found\n');
  else
    answer(
      request,
      response,
      200,
      body,
      body['kind'] === 'APIGroupDiscoveryList' ? { 'content-type': discovery.aggregatedType } : {},
    );
}

function rootDocument(face: Face, url: URL, request: IncomingMessage): Tree | undefined {
  const wantsAggregated = (request.headers.accept ?? '').split(',').some((type) => {
    const parts = type.split(';').map((part) => part.trim());
    return ['g=apidiscovery.k8s.io', 'v=v2', 'as=APIGroupDiscoveryList'].every((part) => parts.includes(part));
  });
  const openApi = /^\/openapi\/v3\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(url.pathname);
  if (openApi !== null) return discovery.openApiDocument(face.registry, openApi[1] ?? '', openApi[2] ?? '');
  switch (url.pathname) {
    case '/version':
      return discovery.versionInfo;
    case '/api':
      return wantsAggregated
        ? discovery.aggregated(face.registry, true)
        : discovery.apiVersions(request.headers.host ?? '');
    case '/apis':
      return wantsAggregated ? discovery.aggregated(face.registry, false) : discovery.groupList(face.registry);
    case '/openapi/v3':
      return discovery.openApiIndex(face.registry);
    default:
      return undefined;
  }
}
