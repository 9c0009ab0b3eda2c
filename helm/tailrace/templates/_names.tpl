{{- define "tailrace.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The names of the services within the cluster, and those of the settings. */}}
{{- define "tailrace.hosts" -}}
{{- $hosts := list -}}
{{- range $service := list (include "tailrace.fullname" .) (printf "%s-management" (include "tailrace.fullname" .)) -}}
{{- range $domain := list "" (printf ".%s" $.Release.Namespace) (printf ".%s.svc" $.Release.Namespace) (printf ".%s.svc.cluster.local" $.Release.Namespace) -}}
{{- $hosts = append $hosts (printf "%s%s" $service $domain) -}}
{{- end -}}
{{- end -}}
{{- with .Values.settings.hosts -}}
{{- $hosts = append $hosts . -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}

{{- define "tailrace.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tailrace.labels" -}}
{{ include "tailrace.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "tailrace.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end -}}

{{- define "tailrace.serviceAccount" -}}
{{- ternary (default (include "tailrace.fullname" .) .Values.serviceAccount.name) (default "default" .Values.serviceAccount.name) .Values.serviceAccount.create -}}
{{- end -}}

{{/* A duration of a setting, such as 10s, in whole seconds. */}}
{{- define "tailrace.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- if eq $unit "ms" -}}{{ add (div $number 1000) 1 }}
{{- else -}}{{ mul $number (get (dict "s" 1 "m" 60 "h" 3600 "d" 86400) $unit) }}
{{- end -}}
{{- end -}}

{{/* Pre-stop, delay, drain, and five seconds that the broker needs beyond it. */}}
{{- define "tailrace.leastGrace" -}}
{{- $drain := include "tailrace.seconds" (index .Values.settings "drain-time") | int64 -}}
{{- $delay := include "tailrace.seconds" (index .Values.settings "drain-delay") | int64 -}}
{{- add .Values.preStopSleepSeconds $delay $drain 5 -}}
{{- end -}}

{{- define "tailrace.grace" -}}
{{- $least := include "tailrace.leastGrace" . | int64 -}}
{{- $given := int64 .Values.terminationGracePeriodSeconds -}}
{{- if eq $given 0 -}}{{ add $least 5 }}
{{- else if le $given $least -}}
{{- fail (printf "terminationGracePeriodSeconds: %d is too short: preStopSleepSeconds, settings.drain-time and what closes afterwards take %d; leave it 0" $given $least) -}}
{{- else -}}{{ $given }}
{{- end -}}
{{- end -}}

{{/* The Secret and the key of the admin's token, made here or elsewhere; empty when there is none. */}}
{{- define "tailrace.adminSecret" -}}
{{- $given := index .Values.secrets "auth-admin-token" -}}
{{- if $given.name -}}{{ $given.name }}
{{- else if .Values.createAdminToken -}}{{ include "tailrace.fullname" . }}-admin
{{- end -}}
{{- end -}}

{{- define "tailrace.adminKey" -}}
{{- $given := index .Values.secrets "auth-admin-token" -}}
{{- ternary $given.key "token" (ne $given.name "") -}}
{{- end -}}

{{/* Where Redis is, as an entry of the environment. */}}
{{- define "tailrace.redis" -}}
{{- $secret := index .Values.secrets "redis" -}}
{{- $named := list -}}
{{- if .Values.redisUrl -}}{{- $named = append $named "redisUrl" -}}{{- end -}}
{{- if $secret.name -}}{{- $named = append $named "secrets.redis" -}}{{- end -}}
{{- if .Values.trialRedis.enabled -}}{{- $named = append $named "trialRedis.enabled" -}}{{- end -}}
{{- if eq (len $named) 0 -}}
{{- fail "Where is Redis? Give redisUrl=redis://host:6379, or secrets.redis.name with a Secret that holds the URL, or trialRedis.enabled=true to try the chart out" -}}
{{- end -}}
{{- if gt (len $named) 1 -}}
{{- fail (printf "Where is Redis? Only one of %s" (join ", " $named)) -}}
{{- end -}}
{{- if .Values.redisPassword.name }}
- name: REDIS_PASSWORD
  valueFrom:
    secretKeyRef: {name: {{ .Values.redisPassword.name }}, key: {{ .Values.redisPassword.key }}}
{{- else if contains "$(REDIS_PASSWORD)" .Values.redisUrl -}}
{{- fail "redisUrl wants $(REDIS_PASSWORD): give redisPassword.name, the Secret that holds it" -}}
{{- end }}
- name: TAILRACE_REDIS
{{- if $secret.name }}
  valueFrom:
    secretKeyRef: {name: {{ $secret.name }}, key: {{ $secret.key }}}
{{- else if .Values.trialRedis.enabled }}
  value: redis://{{ include "tailrace.fullname" . }}-redis:6379
{{- else }}
  value: {{ .Values.redisUrl | quote }}
{{- end }}
{{- end -}}

{{- define "tailrace.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "tailrace.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tailrace.tls" -}}
{{- $cert := index .Values.files "tls-cert" -}}
{{- if $cert.name -}}true{{- end -}}
{{- end -}}
