/** One environment as somebody wrote it down, and the same with the defaults filled in. */
import type { EnvironmentSpec } from '../../domain/environment.ts';

export type DeclaredEnvironment = Pick<EnvironmentSpec, 'name' | 'path' | 'cluster' | 'namespace'> &
  Partial<EnvironmentSpec>;

export function withDefaults(declared: DeclaredEnvironment): EnvironmentSpec {
  return {
    render: 'plain',
    dependsOn: [],
    prune: true,
    maxPrune: 20,
    allowReplace: false,
    drift: 'report',
    takeOver: [],
    ignore: [],
    readyTimeout: 300,
    ...declared,
    path: normalPath(declared.path),
  };
}

/** `./deploy/prod/` → `deploy/prod`; the root is `.`. */
export function normalPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}
