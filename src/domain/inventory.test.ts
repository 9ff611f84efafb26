import { expect, it } from 'vitest';

import { applySetId } from './inventory.ts';

it('is a label value that depends on name and namespace', () => {
  const id = applySetId({ name: 'fairlead-prod', namespace: 'shop' });
  expect(id).toMatch(/^applyset-[A-Za-z0-9_-]{43}-v1$/);
  expect(id.length).toBeLessThanOrEqual(63);
  expect(applySetId({ name: 'fairlead-prod', namespace: 'other' })).not.toBe(id);
});
