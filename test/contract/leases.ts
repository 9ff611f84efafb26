/** A lease for tests of adapters: they carry it and never look into it. Nothing outside tests may make one like this. */
import type { EnvironmentLease } from '../../src/domain/deployment.ts';

export const testLease = { environment: 'test', owner: 'test', fence: 1 } as EnvironmentLease;
