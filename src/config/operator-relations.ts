/** How the entries of the operator file refer to one another: names that are there twice, and names that are not there. */
import { nearestName } from '../domain/nearest-name.ts';
import type { ConfigProblem } from '../domain/schema-violation.ts';
import type { OperatorFile } from './operator-file.ts';

export function relationProblems(file: OperatorFile): readonly ConfigProblem[] {
  const forges = file.forges.map((each) => each.name);
  const clusters = file.clusters.map((each) => each.name);
  const targets = file.bindings.map((each) =>
    [each.forge, each.repository.toLowerCase(), each.branch, each.cluster].join(' '),
  );
  return [
    ...twice('forges', forges),
    ...twice('clusters', clusters),
    ...file.bindings.flatMap((binding, index) => {
      const at = ['bindings', String(index)];
      return [
        ...missing('forge', binding.forge, forges, at),
        ...missing('cluster', binding.cluster, clusters, at),
        ...(targets.indexOf(targets[index] ?? '') < index ? [doubleBinding(binding, at)] : []),
      ];
    }),
  ];
}

function twice(list: 'forges' | 'clusters', names: readonly string[]): readonly ConfigProblem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [{ path: [list, String(index), 'name'], what: `two ${list} are called ${name}`, fix: 'Rename one of them.' }]
      : [],
  );
}

function missing(
  field: 'forge' | 'cluster',
  name: string,
  known: readonly string[],
  at: readonly string[],
): readonly ConfigProblem[] {
  if (known.includes(name)) {
    return [];
  }
  const near = nearestName(name, known);
  const fix = near === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${near}?`;
  return [{ path: [...at, field], what: `the binding names the ${field} ${name}, which is not declared`, fix }];
}

function doubleBinding(binding: OperatorFile['bindings'][number], at: readonly string[]): ConfigProblem {
  const what = `two bindings let ${binding.repository} (${binding.branch}) deploy to ${binding.cluster}`;
  return { path: at, what, fix: 'Put their namespaces and kinds into one.' };
}
