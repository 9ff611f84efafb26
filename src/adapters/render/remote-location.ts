/** Which texts kustomize would fetch from the network: HTTP files, and repository specs (its api/internal/git/repospec.go). */

const certain: readonly RegExp[] = [
  /^\s*[a-z][a-z0-9+.-]*:\/\//iu, // https://, ssh://, oci://, file://
  /^\s*(?:git::|gh:)/iu,
  /^[^/\s@]+@[^/\s:]+[:/]/u, // git@host:owner/name
];
const likely: readonly RegExp[] = [
  /^(?:www\.)?(?:github|gitlab|bitbucket)\.[a-z]+[/:]/iu,
  /[?&](?:ref|version)=/iu,
  /\.git(?:\/\/|$|\?)/iu,
];

/** `isFile`: the text names a regular file of the tree, which kustomize prefers to a repository of that name. */
export function isRemoteLocation(text: string, isFile: boolean): boolean {
  return certain.some((form) => form.test(text)) || (!isFile && likely.some((form) => form.test(text)));
}
