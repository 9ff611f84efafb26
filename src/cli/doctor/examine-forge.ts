/** The GitHub App as GitHub has it, against what app.yml asks for and where Fairlead listens. */
import {
  type AppInspection,
  type AppSettings,
  type DeliveryMade,
  inspectApp,
} from '../../adapters/github/inspect-app.ts';
import type { ForgeConfig, OperatorConfig } from '../../config/operator-config.ts';
import type { Evidence } from '../../domain/evidence.ts';
import { silentLog } from '../../ports/log.ts';
import { type AppManifest, webhookPath } from '../app-manifest.ts';
import { bad, examine, type Examined, good } from './examined.ts';

export async function examineForge(
  forge: ForgeConfig,
  config: OperatorConfig,
  manifest: AppManifest,
): Promise<readonly Examined[]> {
  const { appId, privateKey, name } = forge;
  const app = inspectApp({ appId, privateKey, baseUrl: forge.apiUrl ?? 'https://api.github.com', log: silentLog });
  const settings = await app.settings();
  if (!settings.known) {
    const fix =
      settings.why === 'forbidden' || settings.why === 'not-found'
        ? `GitHub does not take this App id with this key: correct appId or privateKey of ${name}.`
        : `Make ${forge.apiUrl ?? 'api.github.com'} reachable from here.`;
    return [bad(`${name}: App`, settings.detail, fix)];
  }
  const repositories = config.bindings.filter((binding) => binding.forge === name).map(({ repository }) => repository);
  return [
    good(`${name}: App`, `${settings.value.slug} (${appId})`),
    examinePermissions(name, settings.value, manifest),
    examineEvents(name, settings.value, manifest),
    examineWebhook(name, await app.webhookUrl(), `${config.server.publicUrl}${webhookPath(name)}`, settings.value.page),
    examineDeliveries(name, await app.deliveries(), manifest),
    ...(await Promise.all(
      [...new Set(repositories)].map((repository) => examineInstallation(name, app, repository, settings.value)),
    )),
  ];
}

function examinePermissions(name: string, { permissions, page }: AppSettings, manifest: AppManifest): Examined {
  const missing = lacking(permissions, manifest.default_permissions);
  const subject = `${name}: permissions`;
  return missing.length === 0
    ? good(subject, 'all that app.yml asks for')
    : bad(
        subject,
        `missing: ${missing.join(', ')}`,
        `Grant them in the settings of the App (${page}), section Permissions & events.`,
      );
}

function examineEvents(name: string, { events, page }: AppSettings, manifest: AppManifest): Examined {
  const missing = manifest.default_events.filter((event) => !events.includes(event));
  const subject = `${name}: events`;
  return missing.length === 0
    ? good(subject, events.join(', '))
    : bad(
        subject,
        `not subscribed to: ${missing.join(', ')}`,
        `Subscribe in the settings of the App (${page}), section Permissions & events.`,
      );
}

function examineWebhook(name: string, url: Evidence<string>, expected: string, page: string): Examined {
  const subject = `${name}: webhook`;
  return examine(subject, url, 'Try again.', (found) =>
    found.replace(/\/+$/, '') === expected
      ? good(subject, found)
      : bad(
          subject,
          found === '' ? 'goes nowhere, so changes are only seen by the tick' : `goes to ${found}`,
          `Set the webhook URL in the settings of the App (${page}) to ${expected}, or correct server.publicUrl.`,
        ),
  );
}

function examineDeliveries(
  name: string,
  deliveries: Evidence<readonly DeliveryMade[]>,
  manifest: AppManifest,
): Examined {
  const subject = `${name}: deliveries`;
  return examine(subject, deliveries, 'Try again.', (all) => {
    // Installing the App sends events of its own, before Fairlead runs; nobody waits for those.
    const made = all.filter(({ event }) => manifest.default_events.includes(event));
    const [newest] = made;
    const failed = made.filter(({ ok }) => !ok);
    if (newest === undefined) return good(subject, 'none yet');
    if (newest.ok) return good(subject, `the last succeeded; ${failed.length} of the last ${made.length} failed`);
    const detail = `the last, ${newest.event} at ${newest.at}, failed: ${newest.status}`;
    const fix = /: 40[13]$/.test(newest.status)
      ? "The App's webhook secret is not among webhookSecrets: make them the same."
      : 'Start Fairlead, and let GitHub reach the webhook URL.';
    return bad(subject, detail, fix);
  });
}

async function examineInstallation(
  name: string,
  app: AppInspection,
  repository: string,
  settings: AppSettings,
): Promise<Examined> {
  const subject = `${name}: ${repository}`;
  const granted = await app.installation(repository);
  return examine(subject, granted, `Install the App on it: ${settings.page}/installations/new.`, (permissions) => {
    const missing = lacking(permissions, settings.permissions);
    return missing.length === 0
      ? good(subject, 'installed')
      : bad(
          subject,
          `installed, but its owner has not agreed to: ${missing.join(', ')}`,
          "Accept the new permissions in the installation's settings.",
        );
  });
}

/** Writing includes reading. */
function lacking(
  granted: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(wanted).flatMap(([permission, level]) => {
    const has = granted[permission];
    return has === level || has === 'write' || has === 'admin' ? [] : [`${permission}: ${level}`];
  });
}
