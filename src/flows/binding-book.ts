/**
 * Which repository may deploy where. The operator writes names; what counts is the forge's numeric id behind the name, looked up once
 * and kept: a name given to another repository later gets nothing (H23).
 */
import type { Evidence } from '../domain/evidence.ts';
import type { Binding } from '../domain/environment.ts';
import type { RepositoryRef } from '../domain/forge.ts';
import type { BindingBook } from './deps.ts';
import type { Log } from '../ports/log.ts';

type LookUp = (forge: string, fullName: string) => Promise<Evidence<RepositoryRef>>;

export interface KeptIds {
  read(): Promise<ReadonlyMap<string, string>>;
  keep(name: string, id: string): Promise<void>;
}

/** `refresh` looks up the names not known yet; called at the start and with every tick, as a forge may be away. */
export interface RefreshingBook extends BindingBook {
  refresh(): Promise<void>;
}

export function bindingBook(bindings: readonly Binding[], lookUp: LookUp, kept: KeptIds, log: Log): RefreshingBook {
  const known = new Map<string, RepositoryRef>();
  const nameOf = (binding: Binding) => `${binding.forge}/${binding.repository}`;

  async function refresh(): Promise<void> {
    const ids = await kept.read();
    for (const binding of bindings) {
      const name = nameOf(binding);
      if (known.has(name)) continue;
      const found = await lookUp(binding.forge, binding.repository);
      if (!found.known) {
        log.warn({ repository: name, detail: found.detail }, 'a bound repository could not be looked up yet');
        continue;
      }
      const before = ids.get(name);
      if (before !== undefined && before !== found.value.id) {
        log.error(
          { repository: name },
          'this name belongs to another repository than before: it gets nothing until the binding is renewed',
        );
        continue;
      }
      if (before === undefined) await kept.keep(name, found.value.id);
      known.set(name, found.value);
    }
  }

  return {
    refresh,
    bindingsOf(repository) {
      return bindings.filter((binding) => {
        const bound = known.get(nameOf(binding));
        return bound !== undefined && bound.forge === repository.forge && bound.id === repository.id;
      });
    },
    async repositories() {
      await refresh();
      const seen = new Map<string, { readonly repository: RepositoryRef; readonly branch: string }>();
      for (const binding of bindings) {
        const repository = known.get(nameOf(binding));
        if (repository !== undefined)
          seen.set(`${nameOf(binding)} ${binding.branch}`, { repository, branch: binding.branch });
      }
      return [...seen.values()];
    },
  };
}
