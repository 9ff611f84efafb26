/** GitHub's own OpenAPI document (the cut in test/fixtures), and a client that holds every answer it gets against it. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { ProbotOctokit } from 'probot';

interface Operation {
  readonly responses: Readonly<Record<string, object | null>>;
}

interface Document {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly components: object;
}

const document = JSON.parse(
  readFileSync(new URL('../fixtures/github-openapi.json', import.meta.url), 'utf8'),
) as Document;

const ajv = new Ajv({ strict: false, allErrors: false });
ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/);
// GitHub itself answers '' where a deployment status has no URL.
ajv.addFormat('uri', /^(?:https?:\/\/\S+)?$/);
for (const format of ['email', 'int64', 'int32', 'uri-template', 'repo-url', 'ssh-key-usernames'])
  ajv.addFormat(format, true);
ajv.addSchema({ $id: 'github', components: document.components });

const compiled = new Map<string, ValidateFunction>();

function validator(key: string, schema: object): ValidateFunction {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"github#/components/');
  const made = ajv.compile(JSON.parse(text) as object);
  compiled.set(key, made);
  return made;
}

/**
 * What is wrong with an answer; undefined when nothing is.
 * @param route the operation as GitHub's documentation names it: `GET /repos/{owner}/{repo}`
 */
function complaint(route: string, status: number, body: unknown): string | undefined {
  const operation = document.operations[route];
  if (operation === undefined) return `${route} is not in test/fixtures/github-openapi.json`;
  const schema = operation.responses[String(status)];
  if (schema === undefined) return `${route} does not answer ${status}`;
  if (schema === null) return undefined;
  const validate = validator(`${route} ${status}`, schema);
  if (validate(body) === true) return undefined;
  return `${route} ${status}: ${ajv.errorsText(validate.errors)}`;
}

/** Operations of the cut, to see that all were tried. */
export const operations: readonly string[] = Object.keys(document.operations);

/** Errors GitHub really gives though its document does not list them for every operation. */
const unlisted = new Set([401, 403, 404, 422]);

/**
 * The client the product uses, without its waiting, telling of every answer which operation gave it and what is wrong with it.
 * @param auth a token, or an app's credentials as Probot takes them
 */
export function checkedOctokit(
  url: string,
  auth: object | string,
  tell: (route: string, found: string | undefined) => void,
): ProbotOctokit {
  const octokit = new ProbotOctokit({
    auth: typeof auth === 'string' ? { token: auth } : auth,
    baseUrl: url,
    throttle: { enabled: false },
    retry: { enabled: false },
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
  });
  const check = (method: string, path: string, status: number, body: unknown): void => {
    const route = `${method} ${path.replace(url, '')}`;
    if (document.operations[route] === undefined) return;
    const listed = document.operations[route].responses[String(status)] !== undefined;
    tell(route, listed || !unlisted.has(status) ? complaint(route, status, body) : undefined);
  };
  octokit.hook.after('request', (response, options) => {
    check(options.method, options.url, response.status, response.data);
  });
  octokit.hook.error('request', (error, options) => {
    const { response, status } = error as { response?: { data: unknown }; status: number };
    if (response !== undefined) check(options.method, options.url, status, response.data);
    throw error;
  });
  return octokit;
}
