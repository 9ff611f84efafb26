/** Files that belong to Helm and kustomize. In a plain environment they are mistakes: one finding for each says more than one for every template. */
import type { Finding } from '../../domain/finding.ts';
import type { SourceFile } from './decode.ts';

/** The files that may be manifests, and an error for each outermost chart and each kustomization. */
export function withoutToolFiles(files: readonly SourceFile[]): {
  readonly manifests: readonly SourceFile[];
  readonly findings: readonly Finding[];
} {
  const charts = new Set(files.filter(({ path }) => baseName(path) === 'Chart.yaml').map(({ path }) => folderOf(path)));
  const findings: Finding[] = [];
  const manifests = files.filter((file) => {
    const chart = foldersAbove(file.path).find((folder) => charts.has(folder));
    if (chart !== undefined) {
      if (file.path === join(chart, 'Chart.yaml')) {
        findings.push(toolFile(file.path, 'a Helm chart is not rendered here', chartFix));
      }
      return false;
    }
    if (isKustomization(file.path)) {
      findings.push(toolFile(file.path, 'it is a file for kustomize', kustomizationFix));
      return false;
    }
    return true;
  });
  return { manifests, findings };
}

export function isKustomization(path: string): boolean {
  return ['kustomization.yaml', 'kustomization.yml', 'Kustomization'].includes(baseName(path));
}

const chartFix = 'Commit the rendered YAML, and move the chart out of the path of the environment.';
const kustomizationFix = 'Set render: kustomize for this environment, or move the file away.';

function toolFile(file: string, detail: string, fix: string): Finding {
  return { code: 'not-an-object', severity: 'error', file, line: 1, detail, fix };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** '' is the root. */
function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Outermost first: '', `a`, `a/b` for `a/b/c.yaml`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}
