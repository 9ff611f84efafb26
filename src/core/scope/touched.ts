/** Which environments a pull request touches: those whose render reads something else after the merge than before. */

export interface EnvironmentInputs<E> {
  readonly environment: E;
  /** `inputDigest` of the environment's files; undefined where its directory is not in the tree. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** In the order given. An environment whose directory comes or goes is touched; one that is in neither tree is not. */
export function touchedEnvironments<E>(inputs: readonly EnvironmentInputs<E>[]): readonly E[] {
  return inputs.filter((input) => input.before !== input.after).map((input) => input.environment);
}
