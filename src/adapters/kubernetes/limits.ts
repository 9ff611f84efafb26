/** The limits of one cluster connection. Each is said aloud when it is hit: see the `detail` of what comes back. */

export interface ClusterLimits {
  /** Requests in flight at once. From 8 on, more only add latency on a real API server (measured). */
  readonly inFlight: number;
  /** Milliseconds one attempt may take, from sending to the last byte. */
  readonly requestMs: number;
  /** Milliseconds one request may take with all its retries and pauses. */
  readonly totalMs: number;
  readonly attempts: number;
  /** Milliseconds of the first pause between attempts; doubles, with jitter. */
  readonly backoffMs: number;
  /** Bytes of one answer after decompression. */
  readonly responseBytes: number;
  /** Bytes of one LIST page after decompression; a larger one is asked for again in smaller pages. */
  readonly pageBytes: number;
  /** Objects in one LIST page. */
  readonly pageSize: number;
  /** Milliseconds for which what the server serves is remembered. */
  readonly discoveryMs: number;
}

export const defaultLimits: ClusterLimits = {
  inFlight: 8,
  requestMs: 30_000,
  totalMs: 60_000,
  attempts: 4,
  backoffMs: 200,
  responseBytes: 64 * 1024 * 1024,
  pageBytes: 8 * 1024 * 1024,
  pageSize: 500,
  discoveryMs: 60_000,
};
