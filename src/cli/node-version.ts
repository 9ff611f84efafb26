/** Whether this Node.js is new enough. Asked before anything else is loaded, so this file needs nothing newer than Node.js 18. */

const oldest = [22, 19] as const;

/** A sentence, or undefined when all is well. */
export function nodeProblem(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  return enough
    ? undefined
    : `Fairlead needs Node.js ${oldest.join('.')} or newer, and this is ${version}. Install a newer one, or start Fairlead with npx, which brings its own on Linux.`;
}
