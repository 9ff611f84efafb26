/**
 * What kwok does to Nodes and Pods in place of kubelets: its Stage objects, as the text of its --config file.
 * The API is kwok's (https://kwok.sigs.k8s.io/docs/user/stages-configuration/): the selector's keys are jq expressions, and a
 * pod takes the stage whose expressions all hold.
 */

/** The image of a container that can never be pulled contains this: how a wrong tag looks without a registry. */
export const BAD_IMAGE = 'does-not-exist';

const badImages = `.spec.containers.[] | select(.image | contains("${BAD_IMAGE}")) | .name`;
const notDeleted = `{key: .metadata.deletionTimestamp, operator: DoesNotExist}`;
const waitingReason = `.status.containerStatuses.[].state.waiting.reason`;

/** What a kubelet reports of a pod of which a container cannot be pulled, with that container's reason and message. */
function waitingStatus(reason: string, message: string): string {
  return `
      {{ $now := Now }}
      phase: Pending
      startTime: {{ or .status.startTime $now | Quote }}
      conditions:
      - {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
      - {type: Ready, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }}}
      - {type: ContainersReady, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }}}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: ""
        restartCount: 0
        {{ if contains "${BAD_IMAGE}" .image }}
        ready: false
        started: false
        state:
          waiting:
            reason: ${reason}
            message: {{ printf ${JSON.stringify(message)} .image | Quote }}
        {{ else }}
        ready: true
        started: true
        state: {running: {startedAt: {{ $now | Quote }}}}
        {{ end }}
      {{ end }}`;
}

const nodeUp = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-up}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
    - {key: '.status.conditions.[] | select(.type == "Ready") | .status', operator: NotIn, values: ["True"]}
  next:
    statusTemplate: |
      {{ $now := Now }}
      phase: Running
      conditions:
      {{ range NodeConditions }}
      - type: {{ .type | Quote }}
        status: {{ .status | Quote }}
        reason: {{ .reason | Quote }}
        message: {{ .message | Quote }}
        lastHeartbeatTime: {{ $now | Quote }}
        lastTransitionTime: {{ $now | Quote }}
      {{ end }}
      addresses:
      - {type: InternalIP, address: {{ NodeIP | Quote }}}
      - {type: Hostname, address: {{ .metadata.name | Quote }}}
      allocatable:
      {{ YAML .status.allocatable 1 }}
      capacity:
      {{ YAML .status.capacity 1 }}`;

const podRunning = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-running}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - ${notDeleted}
    - {key: .status.phase, operator: In, values: [Pending]}
    - {key: '${badImages}', operator: DoesNotExist}
  next:
    statusTemplate: |
      {{ $now := Now }}
      phase: Running
      startTime: {{ $now | Quote }}
      hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
      podIP: {{ PodIPWith .spec.nodeName (or .spec.hostNetwork false) (or .metadata.uid "") (or .metadata.name "") (or .metadata.namespace "") | Quote }}
      conditions:
      - {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
      - {type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }}}
      - {type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }}}
      {{ range .spec.readinessGates }}
      - {type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
      {{ end }}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: {{ .image | Quote }}
        ready: true
        started: true
        restartCount: 0
        state: {running: {startedAt: {{ $now | Quote }}}}
      {{ end }}
      initContainerStatuses:
      {{ range .spec.initContainers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: {{ .image | Quote }}
        ready: true
        restartCount: 0
        {{ if eq (or .restartPolicy "") "Always" }}
        started: true
        state: {running: {startedAt: {{ $now | Quote }}}}
        {{ else }}
        started: false
        state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
        {{ end }}
      {{ end }}`;

/** Pods of a Job end well at once. */
const podCompleted = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-completed}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - ${notDeleted}
    - {key: .status.phase, operator: In, values: [Running]}
    - {key: '.metadata.ownerReferences.[].kind', operator: In, values: [Job]}
  next:
    statusTemplate: |
      {{ $now := Now }}
      phase: Succeeded
      conditions:
      - {type: Ready, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }}}
      - {type: ContainersReady, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }}}
      containerStatuses:
      {{ range .spec.containers }}
      - name: {{ .name | Quote }}
        image: {{ .image | Quote }}
        imageID: {{ .image | Quote }}
        ready: false
        started: false
        restartCount: 0
        state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}
      {{ end }}`;

const podGone = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-gone}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - {key: .metadata.deletionTimestamp, operator: Exists}
  next:
    finalizers: {empty: true}
    delete: true`;

/** First the failed pull, then the back-off, as a kubelet reports them. */
const podImageMissing = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-image-missing}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - ${notDeleted}
    - {key: .status.phase, operator: In, values: [Pending]}
    - {key: '${badImages}', operator: Exists}
    - {key: '${waitingReason}', operator: DoesNotExist}
  next:
    statusTemplate: |${waitingStatus('ErrImagePull', 'Failed to pull image "%s": not found')}`;

const podImageBackOff = `
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-image-back-off}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
    - ${notDeleted}
    - {key: '${waitingReason}', operator: In, values: [ErrImagePull]}
  delay: {durationMilliseconds: 1000}
  next:
    statusTemplate: |${waitingStatus('ImagePullBackOff', 'Back-off pulling image "%[1]s": ErrImagePull: Failed to pull image "%[1]s": not found')}`;

/**
 * kwok's --config file. Every pod becomes Ready at once, pods of Jobs complete, and a pod with an image that contains
 * `BAD_IMAGE` waits with ErrImagePull, then ImagePullBackOff.
 */
export function kwokConfiguration(): string {
  const stages = [nodeUp, podRunning, podCompleted, podGone, podImageMissing, podImageBackOff];
  return stages.map((stage) => `---${stage}\n`).join('');
}
