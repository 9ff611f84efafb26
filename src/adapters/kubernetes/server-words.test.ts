import { describe, expect, it } from 'vitest';

import { plainWords, withoutLargeValues, wordsAboutSecret, wordsFor } from './server-words.ts';

describe('plainWords', () => {
  it('is one line without terminal sequences, control and invisible characters', () => {
    expect(
      plainWords('\u001b[1;31mred\u001b[0m\r\nnext\tline\u0000 \u009b31m\u202ertl\u200b \u001b]8;;http://x\u0007link'),
    ).toBe('red next line rtl link');
  });
  it('says how much it left out, and never cuts a character in two', () => {
    const cut = plainWords('😀'.repeat(3_000));
    expect(cut.length).toBeLessThanOrEqual(2_000);
    expect(cut).toMatch(/😀 … \(4040 characters left out\)$/u);
    expect(cut.isWellFormed()).toBe(true);
  });
});

describe('withoutLargeValues', () => {
  it.each([
    ['Invalid value: {"matchLabels":{"a":"z: }: y"}}: field is immutable', 'field is immutable'],
    ['Invalid value: ["10.0.0.78"]: may not change once set', 'may not change once set'],
    ['Invalid value: core.PodTemplateSpec{Env:"sesame"}: field is immutable', 'field is immutable'],
    [`Invalid value: "${'s'.repeat(200)}": too long`, 'too long'],
    ['Invalid value: {"only":"a value"}', 'Invalid value'],
    ['Invalid value: "b c": a valid label must be', 'Invalid value: "b c": a valid label must be'],
    ['Invalid value: 0: must be greater than 0', 'Invalid value: 0: must be greater than 0'],
    ['Required value', 'Required value'],
    [
      'Forbidden: spec is immutable after creation\n@@ -1,6 +1,6 @@\n-  "sesame"',
      'Forbidden: spec is immutable after creation',
    ],
    ['expected string, got &value.valueUnstructured{Value:12345}', 'expected string'],
  ])('%s', (said, kept) => {
    expect(withoutLargeValues(said)).toBe(kept);
  });
});

describe('wordsAboutSecret', () => {
  it.each([
    ['data[pin]: Invalid value: "sesame": too weak', 'invalid value'],
    ['.data.pin: expected string, got &value{Value:sesame}', 'a value is not a string'],
    ['admission webhook "sesame" denied the request: sesame', 'admission denied the request'],
    ['sesame', 'refused'],
    ['data: Forbidden: field is immutable when `immutable` is set', 'field is immutable when `immutable` is set'],
  ])('%s', (said, phrase) => {
    const kept = wordsAboutSecret(said);
    expect(kept).toBe(`${phrase} (the server's words are withheld: the object is a Secret)`);
  });
  it('keeps what RBAC forbids', () => {
    const said =
      'secrets is forbidden: User "sesame" cannot list resource "secrets" in API group "" in the namespace "x"';
    expect(wordsAboutSecret(said)).toBe('forbidden: cannot list resource "secrets"');
  });
  it('is for Secrets of the core group only', () => {
    expect(wordsFor({ group: '', kind: 'Secret' })('sesame')).not.toContain('sesame');
    expect(wordsFor({ group: 'example.com', kind: 'Secret' })('no such field')).toBe('no such field');
  });
});
