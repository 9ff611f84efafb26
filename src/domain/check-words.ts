/** What a check says, before it is bound to a commit and a name. */
export interface CheckWords {
  readonly state: 'queued' | 'running' | 'success' | 'failure' | 'action-required';
  /** One line, no Markdown. */
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  readonly annotations: readonly {
    readonly file: string;
    readonly line: number;
    readonly level: 'failure' | 'warning';
    readonly message: string;
  }[];
}
