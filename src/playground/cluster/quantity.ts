/** Resource quantities (`500m`, `1.5Gi`) in the canonical form a server writes them back in. */

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const decimals: readonly (readonly [string, number])[] = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
];
const binaries = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** Nano units; undefined where the text is no quantity. */
export function parseQuantity(
  text: string,
): { readonly nanos: bigint; readonly binary: boolean; readonly exponent: boolean } | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const exponent = /^[eE][+-]?\d/.test(suffix);
  const binary = binaries.indexOf(suffix) > 0;
  const power = exponent ? Number(suffix.slice(1)) : (decimals.find(([name]) => name === suffix)?.[1] ?? 0);
  const shift = 9 + power - fraction.length;
  if (shift > 60 || shift < -60) return undefined;
  let nanos = BigInt(whole + fraction || '0');
  if (binary) nanos *= 1024n ** BigInt(binaries.indexOf(suffix));
  nanos = shift >= 0 ? nanos * 10n ** BigInt(shift) : divideUp(nanos, 10n ** BigInt(-shift));
  return { nanos: sign === '-' ? -nanos : nanos, binary, exponent };
}

function divideUp(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}

/** `1000m` → `1`, `0.5` → `500m`, `1.5Gi` → `1536Mi`; undefined where the text is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parseQuantity(text);
  if (parsed === undefined) return undefined;
  const { nanos, binary, exponent } = parsed;
  if (nanos === 0n) return '0';
  const one = 10n ** 9n;
  if (binary && (nanos >= 1024n * one || nanos <= -1024n * one)) {
    let value = divideUp(nanos, one);
    let unit = 0;
    while (value % 1024n === 0n && unit < binaries.length - 1) {
      value /= 1024n;
      unit++;
    }
    return `${value}${binaries[unit] ?? ''}`;
  }
  for (const [name, power] of decimals) {
    const scale = 10n ** BigInt(9 + power);
    if (nanos % scale === 0n) return `${nanos / scale}${exponent && power !== 0 ? `e${power}` : name}`;
  }
  return text;
}
