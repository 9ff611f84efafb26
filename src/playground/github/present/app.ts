/** The app, its installations and its webhook deliveries in GitHub's JSON. */
import type { JsonObject } from '../../../domain/json.ts';
import type { Delivery } from '../deliveries.ts';
import type { Installation } from '../model.ts';
import { parseJson } from '../request-body.ts';
import type { World } from '../world.ts';
import { nodeId, presentAccount } from './account.ts';

export function presentApp(world: World): JsonObject {
  const { app } = world;
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    client_id: `Iv23li${app.id}`,
    owner: presentAccount(world, app.owner),
    name: app.slug,
    description: '',
    external_url: world.url,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: app.createdAt,
    updated_at: app.createdAt,
    permissions: { ...app.permissions },
    events: [...app.events],
    installations_count: world.installations.size,
  };
}

export function presentInstallation(world: World, installation: Installation): JsonObject {
  const { app } = world;
  return {
    id: installation.id,
    client_id: `Iv23li${app.id}`,
    account: presentAccount(world, installation.account),
    repository_selection: 'selected',
    access_tokens_url: `${world.url}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${world.url}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${installation.id}`,
    app_id: app.id,
    app_slug: app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: { ...app.permissions },
    events: [...app.events],
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}

export function presentDelivery(delivery: Delivery): JsonObject {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.deliveredAt,
    redelivery: delivery.redelivery,
    duration: delivery.duration,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}

/** With what was sent and answered. */
export function presentFullDelivery(delivery: Delivery): JsonObject {
  return {
    ...presentDelivery(delivery),
    url: '',
    request: { headers: { ...delivery.requestHeaders }, payload: parseJson(delivery.body) ?? null },
    response: { headers: {}, payload: delivery.responseBody },
  };
}
