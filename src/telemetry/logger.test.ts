import { describe, expect, test } from 'vitest';
import { cleanText, createLogger } from './logger.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = [];
  write(createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } }));
  return lines.join('');
}

describe('the logger', () => {
  test('writes JSON lines with level names and time', () => {
    expect(JSON.parse(logged((log) => log.info({ event: 'push' }, 'webhook taken')))).toMatchObject({
      level: 'info',
      event: 'push',
      msg: 'webhook taken',
      time: expect.stringMatching(/^\d{4}-/),
    });
    expect(logged((log) => log.debug({}, 'quiet'))).toBe('');
  });

  test.each([
    ['ghs_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['github_pat_11ABCDEFG0123456789_abcdefghijklmnopqrstuvwxyz'],
    ['glpat-abcdefghij0123456789'],
    ['Authorization: Basic eC1hY2Nlc3MtdG9rZW46Z2hzXzE2Qzc='],
    ['Bearer abcdefghijklmnop0123456789'],
    ['eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3NyJ9.c2lnbmF0dXJl'],
    ['https://x-access-token:hunter2hunter2@github.com/a/b.git'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----'],
  ])('keeps %s out of texts and fields, however deep (H109)', (secret) => {
    const inner = secret.match(/[A-Za-z0-9_=-]{12,}(?!.*[A-Za-z0-9_=-]{12,})/s)?.[0] ?? secret;
    const line = logged((log) =>
      log.error({ a: { b: [{ c: secret }] }, error: new Error(`failed: ${secret}`) }, `said ${secret}`),
    );
    expect(line).toContain('said');
    expect(line).not.toContain(inner);
    expect(line).not.toContain('hunter2');
  });

  test('redacts fields by name', () => {
    const line = logged((log) => log.info({ token: 'abc', app: { privateKey: 'def', secret: 'ghi' } }, 'x'));
    expect(line).not.toMatch(/abc|def|ghi/);
  });

  test('foreign text cannot steer a terminal or forge a line (H90)', () => {
    expect(cleanText('\u001B[31mred\u001B[0m \u0007\u202Eevil\u200B\u0000')).toBe('red evil');
    expect(
      logged((log) => log.info({ why: 'a\n{"level":"error"}' }, 'b\nc'))
        .trim()
        .split('\n'),
    ).toHaveLength(1);
  });

  test('says what it leaves out', () => {
    expect(cleanText('x'.repeat(10_000))).toMatch(/^x{4000}… \(10000 characters\)$/);
  });

  test('a field that refers to itself ends', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(logged((log) => log.info({ loop }, 'x'))).toContain('[deeper]');
  });
});
