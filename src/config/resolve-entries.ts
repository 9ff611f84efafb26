/** Forges, clusters and store with their secrets looked up and their paths made absolute. */
import type { ConfigProblem } from '../domain/schema-violation.ts';
import type { ClusterConfig, ForgeConfig, OperatorConfig } from './operator-config.ts';
import type { ClusterEntry, ForgeEntry, OperatorFile } from './operator-file.ts';
import { type Lookup, lookUp, privateKeyPem, type Surroundings, webhookSecretProblem } from './secret-values.ts';

/** `value` is absent when problems keep it from being usable. */
export interface Resolved<T> {
  readonly value?: T;
  readonly problems: readonly ConfigProblem[];
}

export function forgeConfig(entry: ForgeEntry, at: readonly string[], around: Surroundings): Resolved<ForgeConfig> {
  const appId = appIdOf(entry.appId, [...at, 'appId'], around);
  const privateKey = privateKeyOf(entry.privateKey, [...at, 'privateKey'], around);
  const secrets = entry.webhookSecrets.map((reference, index) =>
    webhookSecret(reference, [...at, 'webhookSecrets', String(index)], around),
  );
  const urls = [...urlProblems(entry.apiUrl, [...at, 'apiUrl']), ...urlProblems(entry.webUrl, [...at, 'webUrl'])];
  const problems = [...[appId, privateKey, ...secrets].flatMap((each) => (each.ok ? [] : [each.problem])), ...urls];
  if (!appId.ok || !privateKey.ok || problems.length > 0) {
    return { problems };
  }
  const { name, type, apiUrl, webUrl } = entry;
  return {
    problems,
    value: {
      name,
      type,
      ...(apiUrl === undefined ? {} : { apiUrl: withoutSlash(apiUrl) }),
      ...(webUrl === undefined ? {} : { webUrl: withoutSlash(webUrl) }),
      appId: appId.value,
      privateKey: privateKey.value,
      webhookSecrets: secrets.flatMap((each) => (each.ok ? [each.value] : [])),
    },
  };
}

function appIdOf(appId: ForgeEntry['appId'], at: readonly string[], around: Surroundings): Lookup {
  if (typeof appId !== 'object') {
    return { ok: true, value: String(appId) };
  }
  const found = lookUp(appId, at, around);
  return !found.ok || /^\d{1,20}$/.test(found.value)
    ? found
    : {
        ok: false,
        problem: { path: at, what: 'the App id is not a number', fix: "Give the number on the App's settings page." },
      };
}

function privateKeyOf(reference: ForgeEntry['privateKey'], at: readonly string[], around: Surroundings): Lookup {
  const found = lookUp(reference, at, around);
  if (!found.ok) {
    return found;
  }
  const pem = privateKeyPem(found.value);
  const what = 'the private key is not an RSA key in PEM form';
  const fix = 'Give the .pem file that the forge made for the App, unchanged.';
  return pem === undefined ? { ok: false, problem: { path: at, what, fix } } : { ok: true, value: pem };
}

function webhookSecret(reference: ForgeEntry['privateKey'], at: readonly string[], around: Surroundings): Lookup {
  const found = lookUp(reference, at, around);
  const what = found.ok ? webhookSecretProblem(found.value) : undefined;
  return what === undefined
    ? found
    : { ok: false, problem: { path: at, what, fix: 'Make one, for instance with: openssl rand -hex 32.' } };
}

/** Tokens travel over these URLs: in clear only inside one machine. */
function urlProblems(url: string | undefined, at: readonly string[]): readonly ConfigProblem[] {
  if (url === undefined) {
    return [];
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.username !== '' || parsed.password !== '') {
    return [
      { path: at, what: 'the URL is not valid, or holds a user or password', fix: 'Give scheme, host and path only.' },
    ];
  }
  const inside = ['localhost', '127.0.0.1', '[::1]'].includes(parsed.hostname);
  return parsed.protocol === 'https:' || inside
    ? []
    : [{ path: at, what: 'the URL is not encrypted, and tokens travel over it', fix: 'Use https.' }];
}

export function clusterConfig(
  entry: ClusterEntry,
  at: readonly string[],
  around: Surroundings,
): Resolved<ClusterConfig> {
  const { name, kubeconfig, context, inCluster = false, planKubeconfig } = entry;
  const problems: ConfigProblem[] = [];
  if (inCluster === (kubeconfig !== undefined)) {
    const what = inCluster
      ? `the cluster ${name} has both kubeconfig and inCluster`
      : `the cluster ${name} has no credentials`;
    problems.push({ path: at, what, fix: 'Give either kubeconfig: path or inCluster: true.' });
  }
  if (inCluster && context !== undefined) {
    problems.push({ path: [...at, 'context'], what: 'a context is chosen in a kubeconfig only', fix: 'Remove it.' });
  }
  problems.push(
    ...unreadable(kubeconfig, [...at, 'kubeconfig'], around),
    ...unreadable(planKubeconfig, [...at, 'planKubeconfig'], around),
  );
  return {
    problems,
    value: {
      name,
      inCluster,
      ...(kubeconfig === undefined ? {} : { kubeconfig: around.resolve(kubeconfig) }),
      ...(context === undefined ? {} : { context }),
      ...(planKubeconfig === undefined ? {} : { planKubeconfig: around.resolve(planKubeconfig) }),
    },
  };
}

function unreadable(file: string | undefined, at: readonly string[], around: Surroundings): readonly ConfigProblem[] {
  if (file === undefined) {
    return [];
  }
  const found = lookUp({ file }, at, around);
  return found.ok ? [] : [found.problem];
}

export function storeConfig(
  entry: NonNullable<OperatorFile['store']>,
  around: Surroundings,
): Resolved<OperatorConfig['store']> {
  if ('folder' in entry) {
    return { problems: [], value: { kind: 'embedded', folder: around.resolve(entry.folder) } };
  }
  const at = ['store', 'url'];
  const inline = typeof entry.url === 'string';
  const found: Lookup = typeof entry.url === 'string' ? { ok: true, value: entry.url } : lookUp(entry.url, at, around);
  if (!found.ok) {
    return { problems: [found.problem] };
  }
  const parsed = URL.canParse(found.value) ? new URL(found.value) : undefined;
  if (parsed === undefined || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    return {
      problems: [
        { path: at, what: 'the store URL is not a PostgreSQL URL', fix: 'Write postgres://user@host/database.' },
      ],
    };
  }
  if (inline && (parsed.password !== '' || parsed.searchParams.has('password'))) {
    const fix = 'Give the URL as {env: NAME} or {file: path}.';
    return { problems: [{ path: at, what: 'the store URL holds a password', fix }] };
  }
  return { problems: [], value: { kind: 'postgres', url: found.value } };
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
