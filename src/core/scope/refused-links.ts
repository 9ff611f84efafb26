/** Findings for entries that are no regular file: they would lead a render to content that is not in the tree (H53, H61). */
import type { Finding } from '../../domain/finding.ts';
import type { ClosureEntry } from './tree-index.ts';

export function refusedLink(link: ClosureEntry): Finding {
  return link.mode === 'submodule'
    ? {
        code: 'submodule-refused',
        severity: 'error',
        file: link.path,
        detail: `${link.path} is a submodule, whose files are in another repository`,
        fix: 'copy the manifests into this repository',
      }
    : {
        code: 'symlink-refused',
        severity: 'error',
        file: link.path,
        detail: `${link.path} is a symbolic link`,
        fix: 'put the file itself here, or name its directory as a base in a kustomization',
      };
}
