{{- define "marquee.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "marquee.selector" -}}
app.kubernetes.io/name: marquee
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "marquee.labels" -}}
{{ include "marquee.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "marquee.image" -}}
{{- $repository := required "image.repository is required: the name of the image in a registry" .Values.image.repository -}}
{{- if .Values.image.digest }}{{ $repository }}@{{ .Values.image.digest }}{{ else }}{{ $repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "marquee.secret" -}}
{{- required "existingSecret is required: the secret with the passwords. make k8s writes one; docs/kubernetes.md says what it holds" .Values.existingSecret }}
{{- end }}

{{- define "marquee.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "marquee.name" .) "default") }}
{{- end }}

{{/* An environment variable from the secret. */}}
{{- define "marquee.fromSecret" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "marquee.secret" .root }}
      key: {{ .key | default .name }}
      {{- if .optional }}
      optional: true
      {{- end }}
{{- end }}

{{- define "marquee.databaseHost" -}}
{{- if .Values.database.cluster.enabled }}{{ include "marquee.name" . }}-postgres-rw
{{- else }}{{ required "database.host is required, or database.cluster.enabled" .Values.database.host }}{{ end }}
{{- end }}

{{/* The part of a URL after the credentials. */}}
{{- define "marquee.databaseRest" -}}
{{- $ca := ternary "sslmode=verify-full&sslrootcert=/etc/marquee/database/ca.crt" "" (ne (include "marquee.databaseCa" .) "") -}}
{{- $parameters := compact (list $ca .Values.database.parameters) | join "&" -}}
@{{ include "marquee.databaseHost" . }}:{{ .Values.database.port }}/{{ .Values.database.name }}{{ if $parameters }}?{{ $parameters }}{{ end }}
{{- end }}

{{- define "marquee.databaseCa" -}}
{{- .Values.database.caSecret | default (.Values.database.cluster.enabled | ternary (printf "%s-postgres-ca" (include "marquee.name" .)) "") }}
{{- end }}

{{/*
A URL of the database with a role's password: the kubelet puts it in, so no manifest has it. It knows only variables that come before,
and an upgrade may add new ones at the end of the list: so their names are always the same.
*/}}
{{- define "marquee.databaseUrl" -}}
{{- $login := .root.Values.database.secondLogins | ternary (printf "%s_2" .role) .role -}}
{{- $password := printf "POSTGRES_%s_PASSWORD" (upper .role) -}}
{{ include "marquee.fromSecret" (dict "root" .root "name" $password "key" (printf "POSTGRES_%s_PASSWORD" (upper $login))) }}
- name: {{ .name }}
  value: {{ printf "postgres://marquee_%s:$(%s)%s" $login $password (include "marquee.databaseRest" .root) | quote }}
{{- end }}

{{- define "marquee.queueUrl" -}}
{{ include "marquee.fromSecret" (dict "root" . "name" "REDIS_PASSWORD" "optional" (not .Values.redis.enabled)) }}
{{- if .Values.redis.enabled }}
- name: QUEUE_URL
  value: {{ printf "redis://:$(REDIS_PASSWORD)@%s-redis:6379" (include "marquee.name" .) | quote }}
{{- else }}
{{ include "marquee.fromSecret" (dict "root" . "name" "QUEUE_URL") }}
{{- end }}
{{- end }}

{{/* Refuses what no service knows, and what would do nothing. */}}
{{- define "marquee.checkSettings" -}}
{{- if and .Values.api.clientCaSecret (not .Values.api.tlsSecret) }}
{{- fail "api.clientCaSecret needs api.tlsSecret: only a server with TLS asks for certificates" }}
{{- end }}
{{- $known := .Files.Get "files/settings.json" -}}
{{- range $name, $_ := .Values.settings }}
{{- if not (contains ($name | quote) $known) }}
{{- fail (printf "settings.%s is not a setting of any service; docs/configuration.md has them all" $name) }}
{{- end }}
{{- end }}
{{- end }}

{{/* The settings that a service knows, by files/settings.json. */}}
{{- define "marquee.settings" -}}
{{- $known := index (.root.Files.Get "files/settings.json" | fromJson) .component -}}
{{- range $name, $value := .root.Values.settings }}
{{- if and (has $name $known) (ne $name "API_NAMES") }}
- name: {{ $name }}
  {{- /* numbers of YAML are floating: a million would be 1e+06 */}}
  value: {{ if kindIs "float64" $value }}{{ if eq $value (floor $value) }}{{ int64 $value | quote }}{{ else }}{{ $value | quote }}{{ end }}{{ else }}{{ $value | quote }}{{ end }}
{{- end }}
{{- end }}
{{- if has "SNAPSHOT_S3_URL" $known }}
{{- range list "AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY" "AWS_SESSION_TOKEN" }}
{{ include "marquee.fromSecret" (dict "root" $.root "name" . "optional" true) }}
{{- end }}
{{- end }}
{{- end }}

{{/* What the profile "restricted" of Pod Security asks of a pod. */}}
{{- define "marquee.podSecurity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
automountServiceAccountToken: false
enableServiceLinks: false
{{- end }}

{{- define "marquee.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "marquee.placement" -}}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "marquee.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "marquee.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with include "marquee.databaseCa" .root }}
- name: database-ca
  secret:
    secretName: {{ . }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- if has .component (list "api" "downloader" "loader" "extractor") }}
- name: snapshots
  {{- if .root.Values.settings.SNAPSHOT_S3_URL }}
  emptyDir:
    sizeLimit: {{ .root.Values.snapshots.scratchSize }}
  {{- else }}
  persistentVolumeClaim:
    claimName: {{ .root.Values.snapshots.existingClaim | default (printf "%s-snapshots" (include "marquee.name" .root)) }}
  {{- end }}
{{- end }}
{{- if and (eq .component "api") .root.Values.api.tlsSecret }}
- name: tls
  secret:
    secretName: {{ .root.Values.api.tlsSecret }}
{{- with .root.Values.api.clientCaSecret }}
- name: client-ca
  secret:
    secretName: {{ . }}
    items: [{ key: ca.crt, path: ca.crt }]
{{- end }}
{{- end }}
{{- if has .component (list "downloader" "extractor") }}
- name: sources
  {{- if .root.Values.sources.configMap }}
  configMap:
    name: {{ .root.Values.sources.configMap }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- with .root.Values.sources.providersSecret }}
- name: providers
  secret:
    secretName: {{ . }}
    items: [{ key: providers.json, path: providers.json }]
{{- end }}
{{- end }}
{{- end }}

{{- define "marquee.volumeMounts" -}}
- name: tmp
  mountPath: /tmp
{{- if include "marquee.databaseCa" .root }}
- name: database-ca
  mountPath: /etc/marquee/database
  readOnly: true
{{- end }}
{{- if has .component (list "api" "downloader" "loader" "extractor") }}
- name: snapshots
  mountPath: /data/snapshots
{{- end }}
{{- if and (eq .component "api") .root.Values.api.tlsSecret }}
- name: tls
  mountPath: /etc/marquee/tls
  readOnly: true
{{- if .root.Values.api.clientCaSecret }}
- name: client-ca
  mountPath: /etc/marquee/client-ca
  readOnly: true
{{- end }}
{{- end }}
{{- if has .component (list "downloader" "extractor") }}
- name: sources
  mountPath: /data/sources
  readOnly: true
{{- if .root.Values.sources.providersSecret }}
- name: providers
  mountPath: /etc/marquee/providers
  readOnly: true
{{- end }}
{{- end }}
{{- end }}
