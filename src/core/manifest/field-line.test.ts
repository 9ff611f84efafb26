import { expect, test } from 'vitest';
import { fieldLocator } from './field-line.ts';

const text = `# comment
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
    - port: 80
      name: http
    - port: 443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    example.com/a.b: x
spec:
  replcas: 3
  template:
    spec:
      containers:
        - name: side
          image: a
        - image: b
          name: checkout
          ports:
            - containerPort: 80
              protocol: TCP
            - containerPort: 81
---
kind: List
apiVersion: v1
items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: one}
    data:
      app.conf: x
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: two}
    data:
      app.conf: |
        y
`;
const lineOf = fieldLocator([{ path: 'a.yaml', bytes: new TextEncoder().encode(text) }]);

test.each([
  [3, 'spec.ports[0]', 8],
  [3, 'spec.ports[http].port', 8],
  [3, 'spec.ports[443/TCP]', 10],
  [12, 'spec.replcas', 19],
  [12, '.spec.replcas', 19],
  [12, 'metadata.annotations[example.com/a.b]', 17],
  [12, 'metadata.annotations."example.com/a.b"', 17],
  [12, 'spec.template.spec.containers[0].image', 24],
  [12, 'spec.template.spec.containers[checkout].image', 25],
  [12, 'spec.template.spec.containers[checkout].ports[80/TCP].hostPort', 28],
  [12, 'spec.template.spec.containers[checkout].ports[81/TCP]', 30],
  [12, 'spec.template.spec.containers[7].image', 22],
  [12, 'spec.strategy.type', 18],
  [12, 'nothing', 12],
  [12, '', 12],
  [35, 'data[app.conf]', 39],
  [40, 'data."app.conf"', 44],
])('object at %i, field %s', (line, path, expected) => {
  expect(lineOf({ file: 'a.yaml', line }, path)).toBe(expected);
});

test('what is not there gives the line of the object', () => {
  expect(lineOf({ file: 'other.yaml', line: 7 }, 'spec')).toBe(7);
  expect(lineOf({ file: 'a.yaml', line: 5 }, 'spec')).toBe(5);
  expect(lineOf({ file: 'a.yaml', line: 500 }, 'spec')).toBe(500);
});

test('a thousand questions about a large file take no time', () => {
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  x: y\n---\n';
  const ask = fieldLocator([{ path: 'b.yaml', bytes: new TextEncoder().encode(object.repeat(50_000)) }]);
  const started = performance.now();
  for (let index = 0; index < 1_000; index++) {
    expect(ask({ file: 'b.yaml', line: index * 6 + 1 }, 'data.x')).toBe(index * 6 + 5);
  }
  expect(performance.now() - started).toBeLessThan(3_000);
});
