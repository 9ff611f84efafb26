/** `kind: List` and its typed sisters (`ConfigMapList`) are not objects but bags of them. */
import { isJsonObject, type Json } from '../../domain/json.ts';

export interface ListItem {
  readonly value: Json;
  /** Indexes into `items`, outermost first; empty for what is no list. */
  readonly at: readonly number[];
}

/**
 * The objects of a document, Lists of Lists flattened. Items of a typed list get its apiVersion and kind where they say
 * none, as kubectl does. A null item is left out.
 */
export function* listItems(value: Json, at: readonly number[] = []): Generator<ListItem> {
  const { kind, items, apiVersion } = isJsonObject(value) ? value : {};
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    yield { value, at };
    return;
  }
  const itemKind = kind.slice(0, -'List'.length);
  for (const [index, item] of items.entries()) {
    if (item !== null) {
      const typed = itemKind !== '' && isJsonObject(item) && item['kind'] === undefined;
      yield* listItems(typed ? { apiVersion, ...item, kind: itemKind } : item, [...at, index]);
    }
  }
}
