/** How much one reading of manifests may take. Hitting a limit is a finding, never a cut result. */

export interface ReadLimits {
  /** Bytes of one file. */
  readonly fileBytes: number;
  /** Bytes of all files of one environment together. */
  readonly totalBytes: number;
  /** Objects of one environment, items of Lists counted one by one; also the number of documents. */
  readonly objects: number;
  /** Nesting of collections, aliases followed. */
  readonly depth: number;
  /** `*alias` uses in one document. */
  readonly aliases: number;
  /** Nodes that aliases and merge keys of one document may stand for. */
  readonly aliasedNodes: number;
}

export const defaultReadLimits: ReadLimits = {
  fileBytes: 10_000_000,
  totalBytes: 50_000_000,
  objects: 20_000,
  depth: 100,
  aliases: 1_000,
  aliasedNodes: 100_000,
};
