/** What a schema cannot say about the environments of a repository: how they relate, and whether their paths stay inside. */
import { nearestName } from '../../domain/nearest-name.ts';
import type { ConfigProblem } from '../../domain/schema-violation.ts';
import { type DeclaredEnvironment, normalPath } from './declared-environment.ts';

export function environmentProblems(environments: readonly DeclaredEnvironment[]): readonly ConfigProblem[] {
  const names = environments.map((each) => each.name);
  const targets = environments.map((each) => `${each.cluster} ${each.namespace} ${normalPath(each.path)}`);
  return environments.flatMap((environment, index) => {
    const at = ['environments', String(index)];
    const problems: ConfigProblem[] = [
      ...pathProblems(environment.path, at),
      ...dependencyProblems(environment, names, at),
    ];
    if (names.indexOf(environment.name) < index) {
      problems.push({
        path: [...at, 'name'],
        what: `two environments are called ${environment.name}`,
        fix: 'Rename one of them.',
      });
    }
    const twin = targets.indexOf(targets[index] ?? '');
    if (twin < index) {
      const what = `${environment.name} and ${names[twin] ?? ''} deploy the same path to the same namespace of the same cluster`;
      problems.push({ path: at, what, fix: 'Remove one of them.' });
    }
    if (dependsOnItself(environment.name, environments)) {
      problems.push({
        path: [...at, 'dependsOn'],
        what: `${environment.name} depends on itself, directly or through others`,
      });
    }
    return problems;
  });
}

function pathProblems(path: string, at: readonly string[]): readonly ConfigProblem[] {
  const problem = (what: string, fix: string): readonly ConfigProblem[] => [{ path: [...at, 'path'], what, fix }];
  const parts = path.split('/');
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) {
    return problem('the path is absolute', 'Give it from the root of the repository, without a slash in front.');
  }
  if (parts.includes('..')) {
    return problem('the path must not go up (..)', 'Give it from the root of the repository.');
  }
  if (path.includes('\\')) {
    return problem('the path has a backslash', 'Separate folders by a slash.');
  }
  if (/\p{Cc}/u.test(path) || parts.includes('.git')) {
    return problem('the path names no folder of a repository', 'Correct it.');
  }
  return [];
}

function dependencyProblems(
  { name, dependsOn = [] }: DeclaredEnvironment,
  names: readonly string[],
  at: readonly string[],
): readonly ConfigProblem[] {
  return dependsOn.flatMap((other, index) => {
    if (names.includes(other)) {
      return [];
    }
    const near = nearestName(
      other,
      names.filter((each) => each !== name),
    );
    const problem = {
      path: [...at, 'dependsOn', String(index)],
      what: `${name} depends on ${other}, which is no environment here`,
    };
    return [near === undefined ? problem : { ...problem, fix: `Did you mean ${near}?` }];
  });
}

function dependsOnItself(name: string, environments: readonly DeclaredEnvironment[]): boolean {
  const byName = new Map(environments.map((each) => [each.name, each]));
  const reached = new Set<string>();
  const waiting = [...(byName.get(name)?.dependsOn ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === name) {
      return true;
    }
    if (!reached.has(next)) {
      reached.add(next);
      waiting.push(...(byName.get(next)?.dependsOn ?? []));
    }
  }
  return false;
}
