/** What each finding says to a person, and what to do about it. One entry for each code; the compiler counts them. */
import type { Finding, FindingCode } from '../../domain/finding.ts';
import { displayName } from '../../domain/kubernetes.ts';
import { code, inert } from './inert.ts';

interface Sentence {
  readonly what: string;
  readonly fix: string;
}

const about = (finding: Finding) => (finding.object === undefined ? 'this object' : code(displayName(finding.object)));

const sentences: Readonly<Record<FindingCode, (finding: Finding) => Sentence>> = {
  'yaml-malformed': ({ detail }) => ({
    what: `This is not valid YAML: ${inert(detail)}`,
    fix: 'Correct it as the message says.',
  }),
  'yaml-tab': () => ({ what: 'YAML does not allow tabs for indentation', fix: 'Indent with spaces.' }),
  'yaml-duplicate-key': ({ detail }) => ({
    what: `The same key stands twice: ${inert(detail)}`,
    fix: 'Remove one; which one counts would be a guess.',
  }),
  'yaml-alias-limit': ({ detail }) => ({
    what: `Its aliases expand to too much: ${inert(detail)}`,
    fix: 'Write the values out, or use fewer aliases.',
  }),
  'yaml-too-deep': ({ detail }) => ({ what: `It is nested too deeply: ${inert(detail)}`, fix: 'Flatten it.' }),
  'yaml-unsupported-tag': ({ detail }) => ({
    what: `This YAML tag or value has no meaning to Kubernetes: ${inert(detail)}`,
    fix: 'Use plain strings, numbers and booleans.',
  }),
  'file-too-large': ({ detail }) => ({
    what: `The file is too large: ${inert(detail)}`,
    fix: 'Split it, or ask the operator to raise the limit.',
  }),
  'file-not-utf8': ({ detail }) => ({ what: `The file is not UTF-8 text: ${inert(detail)}`, fix: 'Save it as UTF-8.' }),
  'too-many-objects': ({ detail }) => ({
    what: `There are too many objects: ${inert(detail)}`,
    fix: 'Split the environment.',
  }),
  'symlink-refused': ({ detail }) => ({
    what: `A symbolic link is not followed: ${inert(detail)}`,
    fix: 'Put the file itself there, or refer to it from a kustomization.',
  }),
  'submodule-refused': ({ detail }) => ({
    what: `A submodule is not fetched: ${inert(detail)}`,
    fix: 'Copy the files into this repository.',
  }),
  'lfs-pointer': () => ({ what: 'This is a Git LFS pointer, not a manifest', fix: 'Keep manifests out of LFS.' }),
  'path-not-found': ({ detail }) => ({
    what: `The environment's path does not exist: ${inert(detail)}`,
    fix: 'Correct `path` in `.fairlead.yaml`.',
  }),
  'render-empty': ({ detail }) => ({
    what: `Nothing is declared: ${inert(detail)}`,
    fix: 'If that is meant, acknowledge the deletions after the merge.',
  }),
  'render-failed': ({ detail }) => ({
    what: `Rendering failed: ${inert(detail)}`,
    fix: 'The same error shows locally with `kustomize build`.',
  }),
  'render-timeout': ({ detail }) => ({
    what: `Rendering took too long: ${inert(detail)}`,
    fix: 'Simplify it, or ask the operator to raise the limit.',
  }),
  'render-tool-missing': ({ detail }) => ({
    what: `The tool that renders this is not installed: ${inert(detail)}`,
    fix: 'Ask the operator to install it.',
  }),
  'render-remote-base': ({ detail }) => ({
    what: `It refers to something outside this repository: ${inert(detail)}`,
    fix: 'Copy it into the repository: what is not in Git here cannot be reviewed here.',
  }),
  'render-plugin-refused': ({ detail }) => ({
    what: `Plugins and functions are not run: ${inert(detail)}`,
    fix: 'Commit their output instead.',
  }),
  'not-an-object': ({ detail }) => ({
    what: `This is not a Kubernetes object: ${inert(detail)}`,
    fix: "Move other files out of the environment's path.",
  }),
  'api-version-missing': () => ({
    what: '`apiVersion` is missing',
    fix: 'Add it, for instance `apiVersion: apps/v1`.',
  }),
  'kind-missing': () => ({ what: '`kind` is missing', fix: 'Add it, for instance `kind: Deployment`.' }),
  'name-missing': () => ({ what: '`metadata.name` is missing', fix: 'Give the object a name.' }),
  'name-invalid': ({ detail }) => ({
    what: `The name is not valid: ${inert(detail)}`,
    fix: 'Use lower-case letters, digits, `-` and `.`.',
  }),
  'generate-name': () => ({
    what: '`generateName` would make a new object with every deployment',
    fix: 'Use `metadata.name`.',
  }),
  'server-field-in-manifest': ({ detail }) => ({
    what: `Fields that only the server sets are left out: ${inert(detail)}`,
    fix: 'Remove them from the file.',
  }),
  'duplicate-object': (finding) => ({
    what: `${about(finding)} is declared twice: ${inert(finding.detail)}`,
    fix: 'Keep one of them.',
  }),
  'namespace-not-allowed': (finding) => ({
    what: `${about(finding)} is in a namespace this repository may not change: ${inert(finding.detail)}`,
    fix: 'Use an allowed namespace, or ask the operator to extend the binding.',
  }),
  'kind-not-allowed': (finding) => ({
    what: `${about(finding)} is of a kind this repository may not change: ${inert(finding.detail)}`,
    fix: 'Remove it, or ask the operator to extend the binding.',
  }),
  'cluster-scoped-namespace': (finding) => ({
    what: `${about(finding)} belongs to no namespace; the one given is left out`,
    fix: 'Remove `metadata.namespace`.',
  }),
  'encrypted-secret': (finding) => ({
    what: `${about(finding)} is encrypted, and it would be stored as it stands here`,
    fix: 'Use a controller that decrypts in the cluster, or keep it out of this path.',
  }),
  'kind-unknown': (finding) => ({
    what: `The cluster does not serve this kind: ${inert(finding.detail)}`,
    fix: 'Correct `apiVersion` or `kind`, or bring its CustomResourceDefinition.',
  }),
  'namespace-missing': (finding) => ({
    what: `${about(finding)}: the namespace ${code(finding.detail)} does not exist in the cluster`,
    fix: 'Declare the Namespace in this environment, or create it first.',
  }),
  'home-namespace-missing': ({ detail }) => ({
    what: inert(detail),
    fix: 'Declare the Namespace in this environment, create it first, or correct `namespace` in `.fairlead.yaml`.',
  }),
  'definition-invalid': (finding) => ({
    what: `The CustomResourceDefinition in this same change does not allow ${about(finding)}: ${inert(finding.detail)}`,
    fix: 'Correct the field.',
  }),
  'server-invalid': (finding) => ({
    what: `The cluster refuses ${about(finding)}: ${inert(finding.detail)}`,
    fix: 'Correct the field.',
  }),
  'server-denied': (finding) => ({
    what: `The cluster denies ${about(finding)}: ${inert(finding.detail)}`,
    fix: 'Change the object so that the policy admits it.',
  }),
  'immutable-field': (finding) => ({
    what: `${about(finding)} cannot be changed in place: ${inert(finding.detail)}`,
    fix: 'Give the object a new name, or allow it to be deleted and created anew with `allowReplace: true` for this environment.',
  }),
  'manager-conflict': (finding) => ({
    what: `${about(finding)} has fields that somebody else manages: ${inert(finding.detail)}`,
    fix: 'Leave the field out here, or list the manager under `takeOver` for this environment.',
  }),
  'owned-by-other-environment': (finding) => ({
    what: `${about(finding)} was deployed by another environment: ${inert(finding.detail)}`,
    fix: 'Keep it in one of the two.',
  }),
  'config-missing': ({ detail }) => ({
    what: `There is no \`.fairlead.yaml\` on the base branch: ${inert(detail)}`,
    fix: 'Add one.',
  }),
  'config-malformed': ({ detail }) => ({
    what: `\`.fairlead.yaml\` cannot be read: ${inert(detail)}`,
    fix: 'Correct it.',
  }),
  'config-invalid': ({ detail }) => ({ what: `\`.fairlead.yaml\` is not valid: ${inert(detail)}`, fix: 'Correct it.' }),
  'config-not-bound': ({ detail }) => ({
    what: `The operator has not allowed this repository to deploy there: ${inert(detail)}`,
    fix: 'Ask the operator to add a binding.',
  }),
  'config-changed-here': ({ detail }) => ({
    what: inert(detail),
    fix: 'The settings of the base branch apply until this is merged.',
  }),
  'merge-conflict': ({ detail }) => ({
    what: `It conflicts with the base branch: ${inert(detail)}`,
    fix: 'Resolve the conflicts; nothing can be planned before.',
  }),
};

/** One line of Markdown: what, how to fix it, where. */
export function findingLine(finding: Finding): string {
  const said = sentences[finding.code](finding);
  const what = `${said.what.slice(0, 1).toUpperCase()}${said.what.slice(1)}`;
  const { fix } = said;
  const stop = /[.!?]$/.test(what) ? '' : '.';
  return `${what}${stop} ${finding.fix === undefined ? fix : inert(finding.fix)}${placeOf(finding)}`;
}

/** The same without Markdown, for check annotations. */
export function findingText(finding: Finding): string {
  return findingLine({ ...finding, file: '' })
    .replace(/\\([\\`*_[\]<>|~!])/g, '$1')
    .replace(/`/g, '')
    .replaceAll('&amp;', '&')
    .replaceAll('\u200c', '')
    .trim();
}

function placeOf({ file, line }: Finding): string {
  if (file === undefined || file === '') return '';
  return ` ${code(line === undefined ? file : `${file}:${line}`)}`;
}
