{{- /* What all pods share. */ -}}
{{- define "onethread.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "onethread.secret" -}}
{{ .Values.secrets.existing | default .Release.Name }}
{{- end }}

{{- /* Unquoted, YAML takes `off` for false. */ -}}
{{- define "onethread.calls" -}}
{{ .Values.calls | default "off" }}
{{- end }}

{{- define "onethread.env" -}}
- {name: ONETHREAD_REDIS_URL_FILE, value: /etc/onethread/redis_url}
- {name: ONETHREAD_ARCHIVE_URL_FILE, value: /etc/onethread/archive_url}
- {name: ONETHREAD_CONFIG, value: /etc/onethread/onethread.toml}
- {name: ONETHREAD_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
- {name: ONETHREAD_DURABILITY, value: {{ .Values.durability | quote }}}
- {name: ONETHREAD_TRUSTED_PROXIES, value: {{ .Values.trustedProxies | quote }}}
- {name: ONETHREAD_DRAIN_S, value: {{ .Values.drainSeconds | quote }}}
- {name: ONETHREAD_CALLS, value: {{ include "onethread.calls" . | quote }}}
{{- end }}

{{- define "onethread.pod" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
automountServiceAccountToken: false
# A Service called `onethread`, as of a release of that name, would be told to us as ONETHREAD_PORT=tcp://...
enableServiceLinks: false
volumes:
  - name: secrets
    secret:
      secretName: {{ include "onethread.secret" . }}
      defaultMode: 0440
  - name: tmp
    emptyDir: {}
  - name: data
    {{- if .Values.data.existingClaim }}
    persistentVolumeClaim:
      claimName: {{ .Values.data.existingClaim }}
    {{- else }}
    emptyDir: {}
    {{- end }}
{{- end }}

{{- define "onethread.container" -}}
image: {{ include "onethread.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: secrets, mountPath: /etc/onethread, readOnly: true}
  - {name: tmp, mountPath: /tmp}
  - {name: data, mountPath: /data}
startupProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 1
  failureThreshold: 60
# Never the store: to restart a process does not bring the store back, and cuts everybody off.
livenessProbe:
  httpGet: {path: /livez, port: admin}
  periodSeconds: 10
  failureThreshold: 6
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 2
  failureThreshold: 2
  timeoutSeconds: 3
{{- end }}
