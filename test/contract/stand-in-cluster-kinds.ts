/** What each kind gets by default, what it must have and what may not change. */
import { describe, expect, it } from 'vitest';
import {
  applyType,
  at,
  configMap,
  deployment,
  object,
  podTemplate,
  type Ask,
  type JsonMap,
} from './stand-in-cluster-steps.ts';

const core = '/api/v1/namespaces/t1';
const apps = '/apis/apps/v1/namespaces/t1';
const batch = '/apis/batch/v1/namespaces/t1';
const rbac = '/apis/rbac.authorization.k8s.io/v1';

const defaultedPod = {
  containers: [
    {
      image: 'nginx:1.27',
      imagePullPolicy: 'IfNotPresent',
      name: 'web',
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
    },
  ],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
};

export function kindCases(ask: Ask): void {
  const apply = (path: string, body: JsonMap) => ask('PATCH', `${path}?fieldManager=m1&force=true`, body, applyType);
  const causes = async (path: string, body: JsonMap) => {
    const reply = await apply(path, body);
    const list = at(reply.body, 'details', 'causes');
    expect(reply.status).toBe(422);
    return (Array.isArray(list) ? list : []).map(
      (cause) => `${String(at(cause, 'field'))}: ${String(at(cause, 'message'))}`,
    );
  };

  describe('workloads', () => {
    it('a Deployment gets its defaults', async () => {
      const made = await apply(`${apps}/deployments/plain`, deployment('plain'));
      expect(made.body['spec']).toEqual({
        progressDeadlineSeconds: 600,
        replicas: 1,
        revisionHistoryLimit: 10,
        selector: { matchLabels: { app: 'web' } },
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        template: { metadata: { labels: { app: 'web' } }, spec: defaultedPod },
      });
      expect(made.body['status']).toEqual({});
      expect(at(made.body, 'metadata', 'generation')).toBe(1);
    });

    it('containers get theirs, and quantities their canonical form', async () => {
      const container = {
        image: 'registry:5000/a/b:latest',
        ports: [{ containerPort: 80 }],
        readinessProbe: { httpGet: { path: '/x', port: 80 } },
        resources: { requests: { cpu: 0.5, memory: '1024Mi' }, limits: { cpu: '1000m' } },
        env: [{ name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      };
      const made = await apply(`${apps}/deployments/full`, deployment('full', {}, container));
      expect(at(made.body, 'spec', 'template', 'spec', 'containers', 0)).toMatchObject({
        imagePullPolicy: 'Always',
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        readinessProbe: {
          failureThreshold: 3,
          httpGet: { path: '/x', port: 80, scheme: 'HTTP' },
          periodSeconds: 10,
          successThreshold: 1,
          timeoutSeconds: 1,
        },
        resources: { requests: { cpu: '500m', memory: '1Gi' }, limits: { cpu: '1' } },
        env: [{ valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
      });
    });

    it('a Deployment says what it lacks', async () => {
      expect(await causes(`${apps}/deployments/bare`, object('apps/v1', 'Deployment', 'bare', { spec: {} }))).toEqual([
        'spec.selector: Required value',
        'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
        'spec.template.spec.containers: Required value',
      ]);
      const imageless = {
        replicas: -1,
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { containers: [{ name: 'x' }], restartPolicy: 'Never' },
        },
      };
      expect(await causes(`${apps}/deployments/bare`, deployment('bare', imageless))).toEqual([
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.template.spec.containers[0].image: Required value',
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
      ]);
      const wrong = {
        resources: { requests: { cpu: '2' }, limits: { cpu: '1' } },
        volumeMounts: [{ name: 'v', mountPath: '/x' }],
      };
      expect(await causes(`${apps}/deployments/bare`, deployment('bare', {}, wrong))).toEqual([
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "v"',
        'spec.template.spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ]);
    });

    it('a selector is for ever', async () => {
      await apply(`${apps}/deployments/fixed`, deployment('fixed'));
      const both = {
        metadata: { labels: { app: 'web', x: 'y' } },
        spec: { containers: [{ name: 'web', image: 'nginx:1' }] },
      };
      const changed = deployment('fixed', { selector: { matchLabels: { app: 'web', x: 'y' } }, template: both });
      expect(await causes(`${apps}/deployments/fixed`, changed)).toEqual([
        'spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable',
      ]);
    });

    it('a StatefulSet changes little', async () => {
      const claim = {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      };
      const spec = {
        serviceName: 'db',
        selector: { matchLabels: { app: 'web' } },
        template: podTemplate(),
        volumeClaimTemplates: [claim],
      };
      const made = await apply(`${apps}/statefulsets/db`, object('apps/v1', 'StatefulSet', 'db', { spec }));
      expect(made.body['spec']).toMatchObject({
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        volumeClaimTemplates: [
          {
            apiVersion: 'v1',
            kind: 'PersistentVolumeClaim',
            spec: { volumeMode: 'Filesystem' },
            status: { phase: 'Pending' },
          },
        ],
      });
      const renamed = object('apps/v1', 'StatefulSet', 'db', { spec: { ...spec, serviceName: 'other' } });
      expect((await causes(`${apps}/statefulsets/db`, renamed))[0]).toContain(
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template'",
      );
      const grown = await apply(
        `${apps}/statefulsets/db`,
        object('apps/v1', 'StatefulSet', 'db', { spec: { ...spec, replicas: 2 } }),
      );
      expect(at(grown.body, 'metadata', 'generation')).toBe(2);
    });

    it('a Job runs what it was made with', async () => {
      const spec = { template: podTemplate({}, { restartPolicy: 'Never' }) };
      const made = await apply(`${batch}/jobs/once`, object('batch/v1', 'Job', 'once', { spec }));
      const uid = at(made.body, 'metadata', 'uid');
      expect(made.body['spec']).toMatchObject({
        backoffLimit: 6,
        completions: 1,
        parallelism: 1,
        completionMode: 'NonIndexed',
        podReplacementPolicy: 'TerminatingOrFailed',
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
        template: { metadata: { labels: { app: 'web', 'job-name': 'once' } } },
      });
      const other = object('batch/v1', 'Job', 'once', {
        spec: { template: podTemplate({ image: 'other:1' }, { restartPolicy: 'Never' }) },
      });
      const [cause = ''] = await causes(`${batch}/jobs/once`, other);
      expect(cause).toMatch(/^spec\.template: Invalid value: .*: field is immutable$/s);
      expect(
        await causes(
          `${batch}/jobs/always`,
          object('batch/v1', 'Job', 'always', { spec: { template: podTemplate() } }),
        ),
      ).toEqual(['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"']);
    });

    it('a CronJob needs a schedule of five fields', async () => {
      const spec = {
        schedule: 'bad',
        jobTemplate: { spec: { template: podTemplate({}, { restartPolicy: 'Never' }) } },
      };
      expect(await causes(`${batch}/cronjobs/c`, object('batch/v1', 'CronJob', 'c', { spec }))).toEqual([
        'spec.schedule: Invalid value: "bad": expected exactly 5 fields, found 1: [bad]',
      ]);
    });
  });

  describe('services and storage', () => {
    it('a Service gets an address and keeps it', async () => {
      const spec = { selector: { app: 'web' }, ports: [{ port: 80 }] };
      const made = await apply(`${core}/services/web`, object('v1', 'Service', 'web', { spec }));
      const address = at(made.body, 'spec', 'clusterIP');
      expect(made.body).toMatchObject({
        spec: {
          clusterIPs: [address],
          internalTrafficPolicy: 'Cluster',
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
          sessionAffinity: 'None',
          type: 'ClusterIP',
        },
        status: { loadBalancer: {} },
      });
      const again = await apply(
        `${core}/services/web`,
        object('v1', 'Service', 'web', { spec: { ...spec, ports: [{ port: 81 }] } }),
      );
      expect(again.body).toMatchObject({ spec: { clusterIP: address, ports: [{ port: 81, targetPort: 81 }] } });
      const moved = object('v1', 'Service', 'web', { spec: { ...spec, clusterIP: 'None' } });
      expect(await causes(`${core}/services/web`, moved)).toEqual([
        'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
      ]);
    });

    it('a Service names its ports', async () => {
      const path = `${core}/services/ports`;
      expect(await causes(path, object('v1', 'Service', 'ports', { spec: { selector: { app: 'x' } } }))).toEqual([
        'spec.ports: Required value',
      ]);
      const two = { spec: { ports: [{ port: 80 }, { port: 81, name: 'b' }] } };
      expect(await causes(path, object('v1', 'Service', 'ports', two))).toEqual(['spec.ports[0].name: Required value']);
    });

    it('a claim keeps its spec', async () => {
      const spec = (mode: string) => ({ accessModes: [mode], resources: { requests: { storage: '1Gi' } } });
      const path = `${core}/persistentvolumeclaims/data`;
      const made = await apply(path, object('v1', 'PersistentVolumeClaim', 'data', { spec: spec('ReadWriteOnce') }));
      expect(made.body).toMatchObject({
        metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
        spec: { volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
      });
      const [cause = ''] = await causes(
        path,
        object('v1', 'PersistentVolumeClaim', 'data', { spec: spec('ReadWriteMany') }),
      );
      expect(cause).toContain(
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      );
      expect(
        await causes(`${core}/persistentvolumeclaims/no`, object('v1', 'PersistentVolumeClaim', 'no', { spec: {} })),
      ).toEqual([
        'spec.accessModes: Required value: at least 1 access mode is required',
        'spec.resources[storage]: Required value',
      ]);
    });

    it('an immutable ConfigMap stays, a Secret keeps its type', async () => {
      await apply(`${core}/configmaps/frozen`, configMap('frozen', { x: '1' }, { immutable: true }));
      expect(await causes(`${core}/configmaps/frozen`, configMap('frozen', { x: '2' }, { immutable: true }))).toEqual([
        'data: Forbidden: field is immutable when `immutable` is set',
      ]);
      await apply(`${core}/secrets/typed`, object('v1', 'Secret', 'typed', { data: { a: 'YQ==' } }));
      const tls = object('v1', 'Secret', 'typed', { type: 'kubernetes.io/tls', data: { a: 'YQ==' } });
      expect(await causes(`${core}/secrets/typed`, tls)).toEqual([
        'type: Invalid value: "kubernetes.io/tls": field is immutable',
        'data[tls.crt]: Required value',
        'data[tls.key]: Required value',
      ]);
      const bad = await apply(`${core}/secrets/bad`, object('v1', 'Secret', 'bad', { data: { a: '!!' } }));
      expect(bad).toMatchObject({ status: 500 });
      expect(bad.body['message']).toContain('illegal base64 data at input byte 0');
    });
  });

  describe('the rest', () => {
    it('a binding keeps its role, and an empty role says null', async () => {
      const binding = (role: string) =>
        object('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'bind', {
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ kind: 'User', name: 'u' }],
        });
      const made = await apply(`${rbac}/clusterrolebindings/bind`, binding('view'));
      expect(made.body['subjects']).toEqual([{ kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' }]);
      const [cause = ''] = await causes(`${rbac}/clusterrolebindings/bind`, binding('edit'));
      expect(cause).toMatch(/^roleRef: .*: cannot change roleRef$/);
      const empty = await apply(
        `${rbac}/clusterroles/empty`,
        object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'empty'),
      );
      expect(empty.body['rules']).toBeNull();
    });

    it('autoscalers, policies and budgets get their defaults', async () => {
      const hpa = { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } };
      const scaler = await apply(
        '/apis/autoscaling/v2/namespaces/t1/horizontalpodautoscalers/h',
        object('autoscaling/v2', 'HorizontalPodAutoscaler', 'h', { spec: hpa }),
      );
      expect(scaler.body['spec']).toMatchObject({
        minReplicas: 1,
        metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 80 } } }],
      });
      const net = '/apis/networking.k8s.io/v1/namespaces/t1';
      const policy = { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }], egress: [{}] };
      const made = await apply(
        `${net}/networkpolicies/n`,
        object('networking.k8s.io/v1', 'NetworkPolicy', 'n', { spec: policy }),
      );
      expect(made.body['spec']).toMatchObject({
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ protocol: 'TCP' }] }],
      });
      expect(await causes(`${net}/ingresses/i`, object('networking.k8s.io/v1', 'Ingress', 'i', { spec: {} }))).toEqual([
        'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
      ]);
    });

    it('a Namespace has its label and finalizer', async () => {
      const made = await apply('/api/v1/namespaces/t9', object('v1', 'Namespace', 't9'));
      expect(made.body).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': 't9' } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
    });
  });
}
