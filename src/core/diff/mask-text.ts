/**
 * Finds credentials inside text that is not a secret as a whole: configuration files, command lines, URLs, JSON in a string. Knows three
 * things: names that announce a credential (`password: …`, `"token":"…"`, `--api-key=…`), places that hold one (user part of a URL,
 * Authorization headers, private keys) and shapes that are one (JWT, forge and cloud tokens, password hashes).
 * Every repetition is bounded or anchored: a hostile file of a megabyte must not cost more than a harmless one.
 */
export type Fingerprint = (value: string) => string;

const words =
  '(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|(?:api|access|private|secret|signing|encryption|master|session|auth|account)[-_. ]?key(?:[-_]base)?|client[-_]?key[-_]?data)';
const announcing = `${words}s?(?:[-_]?\\d{1,3})?`;
const credentialName = new RegExp(`${announcing}$`, 'i');
const passName = /(?:^|[_.-])pass$/i;
const camelPassName = /[a-z\d]Pass$/;

/** Values that are no secret though their name says so: references, templates, switches, paths of mounted secrets. */
const placeholder =
  /^(?:\$\{[^}]*\}|\$\([^)]*\)|\{\{.*\}\}|<[\w -]*>|\*+|~|null|none|true|false|(?:""|'')|fp:[0-9a-f]{12}|)$/i;
const mountedPath = /^\/(?:run|var|etc|secrets?|mnt|vault|home|tmp|usr|app|opt)\/[\w./-]+$/;

const privateKey =
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----[^]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$)/g;
const encodedKey = /LS0tLS1CRUdJTi[A-Za-z0-9+/=]{20,}/g;
const shapes =
  /\b(?:eyJ[\w-]{8,500}\.[\w-]{8,8000}\.[\w-]{0,2000}|gh[opsur]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|xox[abeprs]-[\w-]{10,255}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,64}|[rs]k_(?:live|test)_\w{10,255}|sk-[\w-]{20,255}|npm_\w{30,64}|hvs\.[\w-]{20,255})/g;
const passwordHash = /\$(?:2[aby]|apr1|1|5|6|argon2id?)\$[^\s:"']{10,255}/g;
/** Without slashes: inside a text those are paths. */
const longToken = /\b[\w+=-]{32,512}/g;
const webhookUrl = /(https:\/\/hooks\.slack\.com\/services\/)([\w/]{10,255})/g;
const urlPassword = /(:\/\/[^\s:/@"'<>]{0,255}:)((?:[^\s/"'<>]{1,255}|(?!\d{1,5}\/)[^\s"'<>]{1,255}))(@)/g;
const urlToken = /(:\/\/)([^\s:/@"'<>]{16,255})(@)/g;
const authorization =
  /(\bauthorization\\*["']?\s{0,9}[:=]\s{0,9}\\*["']?(?:[a-z]{1,20}\s{1,9})?)([^\s"'\\,]{1,8000})/gi;
const bearer = /(\b(?:bearer|basic)\s{1,9})([\w.~+/=-]{8,8000})/gi;

// A colon alone counts only before a blank: `external-secrets:v0.9` is an image, not a credential.
const separator = `(?:\\\\*["']\\s{0,99}[:=]|\\s{0,99}=|\\s{0,99}:(?=\\s|$))\\s{0,99}`;
// `name: rest of the line`, as YAML, properties and .env files have it; the name may stand in quotes or after a dash.
const wholeLine = new RegExp(
  `^(\\s*(?:- +)?(?:export +)?["']?[\\w./-]{0,200}?${announcing}${separator})((?:[^\\s"'{[]|\\{\\{).*)$`,
  'i',
);
const quotedValue = new RegExp(`(${announcing}${separator})("(?:[^"\\\\]|\\\\.){0,2000}"|'[^']{0,2000}')`, 'gi');
const shortValue = new RegExp(
  `(${announcing}${separator}\\\\*["']?)([^\\s,;&"'{})\\]\\\\][^\\s,;&"'})\\]\\\\]{0,8000})`,
  'gi',
);
const flagValue = new RegExp(`(-{1,2}[\\w-]{0,60}?${announcing}\\s{1,9})([^\\s"'-][^\\s"']{0,8000})`, 'gi');
/** Every pattern below needs one of these: most lines have none and cost one look. */
const hint =
  /pass|pwd|secret|token|credential|key|auth|bearer|basic|:\/\/|eyJ|gh[opsur]_|github_pat|glpat|xox|AKIA|ASIA|AIza|[rs]k[-_]|npm_|hvs\.|\$|[\w+=-]{32}/i;
const blockScalar = /^[|>][+-]?\d?[+-]?$/;

/** Whether a field, an environment variable or a command-line flag of this name holds a credential. */
export function namesCredential(name: string): boolean {
  return credentialName.test(name) || passName.test(name) || camelPassName.test(name);
}

/** False for what stands where a credential would but is none: `${DB_PASSWORD}`, `true`, `/run/secrets/db`. */
export function isCredential(value: string): boolean {
  return !placeholder.test(value) && !mountedPath.test(value);
}

/** The text with each credential found in it replaced by its fingerprint; line breaks outside private keys stay. */
export function maskText(text: string, fingerprint: Fingerprint): string {
  const withoutKeys = text.replace(privateKey, fingerprint).replace(encodedKey, (found) => encoded(found, fingerprint));
  let secretBelow: number | undefined;
  return withoutKeys
    .split('\n')
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      if (secretBelow !== undefined) {
        if (line.trim() === '') return line;
        if (indent > secretBelow) return `${line.slice(0, indent)}${fingerprint(line.trim())}`;
        secretBelow = undefined;
      }
      if (/[|>][\d+-]{0,2}$/.test(line) && blockScalar.test(wholeLine.exec(line)?.[2]?.trim() ?? '')) {
        secretBelow = indent;
        return line;
      }
      return maskLine(line, fingerprint);
    })
    .join('\n');
}

function encoded(base64: string, fingerprint: Fingerprint): string {
  return /PRIVATE KEY/.test(Buffer.from(base64, 'base64').toString('latin1')) ? fingerprint(base64) : base64;
}

function maskLine(line: string, fingerprint: Fingerprint): string {
  if (!hint.test(line)) return line;
  const masked = (value: string) => (isCredential(value) ? fingerprint(value) : value);
  const named = wholeLine.test(line)
    ? line.replace(wholeLine, (_, name: string, rest: string) => `${name}${maskRest(rest, masked)}`)
    : line
        .replace(quotedValue, (_, name: string, value: string) => {
          const quote = value.slice(0, 1);
          return `${name}${quote}${masked(value.slice(1, -1))}${quote}`;
        })
        .replace(shortValue, (_, name: string, value: string) => `${name}${masked(value)}`)
        .replace(flagValue, (_, name: string, value: string) => `${name}${masked(value)}`);
  return named
    .replace(urlPassword, (_, before: string, value: string, after: string) => `${before}${masked(value)}${after}`)
    .replace(urlToken, (_, before: string, value: string, after: string) => `${before}${masked(value)}${after}`)
    .replace(webhookUrl, (_, before: string, value: string) => `${before}${fingerprint(value)}`)
    .replace(authorization, (_, before: string, value: string) => `${before}${masked(value)}`)
    .replace(bearer, (_, before: string, value: string) => `${before}${/\d/.test(value) ? masked(value) : value}`)
    .replace(shapes, fingerprint)
    .replace(passwordHash, fingerprint)
    .replace(longToken, (token) => (looksRandom(token) ? fingerprint(token) : token));
}

/**
 * A single token of 32 to 512 characters with mixed case and digits and near-random letters. Digests (`sha256:…`, plain hex), URLs,
 * paths and sentences are not; a false hit only hides a value that is not secret.
 */
export function looksRandom(value: string): boolean {
  if (value.length < 32 || value.length > 512 || !/^[A-Za-z0-9+/_=-]+$/.test(value)) return false;
  if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || !/\d/.test(value)) return false;
  return entropyPerCharacter(value) > 4.3;
}

function entropyPerCharacter(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}

/** The value is the rest of the line, less the comma of a list. */
function maskRest(rest: string, masked: (value: string) => string): string {
  const comma = rest.endsWith(',') ? ',' : '';
  return `${masked(rest.slice(0, rest.length - comma.length).trimEnd())}${comma}`;
}
