/** Which files a plain environment consists of: what `kubectl apply --recursive` would take, without dot files. */
import type { Finding } from '../../domain/finding.ts';
import type { Closure } from './render-closure.ts';
import { refusedLink } from './refused-links.ts';
import { type ClosureEntry, entriesBelow, type TreeIndex } from './tree-index.ts';

/** The endings kubectl takes (k8s.io/cli-runtime, resource.FileExtensions). */
const manifestName = /\.(?:json|yaml|yml)$/u;

/**
 * Every .json, .yaml and .yml file below the directory. Unlike kubectl we leave out what has a part beginning with a dot (`.github/`,
 * `.fairlead.yaml` where the environment is the root) and name it. A link or submodule that could hold manifests is refused, not skipped:
 * kubectl in a checkout would follow some of them, and skipping would read as deletion.
 */
export function plainClosure(tree: TreeIndex, root: string): Closure {
  const files: ClosureEntry[] = [];
  const findings: Finding[] = [];
  const ignored: string[] = [];
  for (const entry of entriesBelow(tree, root)) {
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    const hidden = entry.path
      .slice(root.length)
      .split('/')
      .some((part) => part.startsWith('.'));
    if (hidden) {
      if (manifestName.test(name)) ignored.push(entry.path);
    } else if (entry.mode === 'symlink' || entry.mode === 'submodule') {
      // A link named `NOTES.md` holds no manifest; one without an ending may be a whole directory.
      if (entry.mode === 'submodule' || manifestName.test(name) || !name.includes('.'))
        findings.push(refusedLink(entry));
    } else if (manifestName.test(name)) {
      files.push(entry);
    }
  }
  return { files, findings, ignored };
}
