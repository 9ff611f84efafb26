/** How people on a forge call things: the only way text differs between forges. */
export interface ForgeWords {
  /** `pull request`, `merge request`. */
  readonly change: string;
  /** Mark before its number: `#`, `!`. */
  readonly mark: string;
}
