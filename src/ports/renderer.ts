/** Renders a directory by an outside tool (kustomize). Plain directories need none: core/manifest reads them. */
import type { Finding } from '../domain/finding.ts';

export interface RenderInput {
  /** The directory to build, inside the repository. */
  readonly path: string;
  /** Every file the build may read, and nothing else exists for it. Paths inside the repository. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

export type RenderOutcome =
  | { readonly kind: 'rendered'; readonly text: string; readonly tool: string }
  | { readonly kind: 'failed'; readonly finding: Finding };

export interface Renderer {
  kustomize(input: RenderInput, signal: AbortSignal): Promise<RenderOutcome>;
}
