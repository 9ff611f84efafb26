import { describe, expect, it } from 'vitest';
import { parseCommand } from './parse-command.ts';

describe('a command', () => {
  it.each([
    ['/fairlead plan', { kind: 'plan' }],
    ['/fairlead help', { kind: 'help' }],
    ['/fairlead', { kind: 'help' }],
    ['/fairlead ', { kind: 'help' }],
    ['/fairlead apply 7c1f09e2', { kind: 'apply', digest: '7c1f09e2' }],
    [`/fairlead apply ${'a'.repeat(64)}`, { kind: 'apply', digest: 'a'.repeat(64) }],
    ['/fairlead  apply   7c1f09e2 ', { kind: 'apply', digest: '7c1f09e2' }],
    ['/fairlead plan\r\nthanks', { kind: 'plan' }],
    ['/fairlead plan\n\n> and a quote', { kind: 'plan' }],
  ])('%j', (comment, expected) => {
    expect(parseCommand(comment)).toEqual(expected);
  });
});

describe('a mistaken command is answered, never guessed', () => {
  it.each([
    '/fairlead apply',
    '/fairlead apply 7c1f09e',
    '/fairlead apply 7C1F09E2',
    `/fairlead apply ${'a'.repeat(65)}`,
    '/fairlead apply 7c1f09e2 now',
    '/fairlead apply 7c1f09e2;7c1f09e3',
    '/fairlead apply `7c1f09e2`',
    '/fairlead apply $(id)',
    '/fairlead Plan',
    '/fairlead plan prod',
    '/fairlead rollback',
    '/fairlead aply 7c1f09e2',
  ])('%s', (comment) => {
    expect(parseCommand(comment)).toEqual({ kind: 'mistaken', said: comment });
  });
});

describe('no command', () => {
  it.each([
    ['in a later line', 'please\n/fairlead plan'],
    ['after a blank', ' /fairlead plan'],
    ['after an empty line', '\n/fairlead plan'],
    ['in a quote', '> /fairlead plan'],
    ['in a code block', '```\n/fairlead plan\n```'],
    ['in an indented block', '    /fairlead plan'],
    ['as code', '`/fairlead plan`'],
    ['in an HTML comment', '<!-- /fairlead plan -->'],
    ['in a list', '- /fairlead plan'],
    ['in a sentence', 'do /fairlead plan'],
    ['in capitals', '/FAIRLEAD plan'],
    ['as a longer word', '/fairleadplan'],
    ['as another command', '/fairlead-plan'],
    ['after a tab', '/fairlead\tplan'],
    ['with a zero-width space', '/fairlead\u200b plan'],
    ['after a byte order mark', '\ufeff/fairlead plan'],
    ['with a no-break space', '/fairlead\u00a0plan'],
    ['with look-alike letters', '/f\u0430irlead plan'],
    ['with a right-to-left override', '/fairlead \u202enalp'],
    ['with a look-alike digest', '/fairlead apply 7c1f09e\uff12'],
    ['with a control character', '/fairlead plan\u0007'],
    ['with a line separator', '/fairlead plan\u2028x'],
    ['with a lone carriage return', '/fairlead plan\rx'],
    ['too long', `/fairlead plan ${'x'.repeat(200)}`],
    ['empty', ''],
    ['of somebody else', '/approve'],
  ])('%s', (_, comment) => {
    expect(parseCommand(comment)).toBeUndefined();
  });

  it('is found in a comment of a megabyte at once', () => {
    expect(parseCommand(`x${' '.repeat(1_000_000)}/fairlead plan`)).toBeUndefined();
  });
});
