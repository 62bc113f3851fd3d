{{- define "kedge.name" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "kedge.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "kedge.labels" -}}
{{ include "kedge.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "kedge.account" -}}
{{- if .Values.serviceAccount.create }}{{ default (include "kedge.name" .) .Values.serviceAccount.name }}{{ else }}{{ default "default" .Values.serviceAccount.name }}{{ end }}
{{- end }}

{{- /* What the pods of server and workers have in common. */}}
{{- define "kedge.pod" -}}
serviceAccountName: {{ include "kedge.account" . }}
automountServiceAccountToken: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile:
    type: RuntimeDefault
{{- end }}

{{- define "kedge.container" -}}
image: {{ printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
env:
  - name: KEDGE_DATABASE
    value: file:/run/secrets/kedge/database
  - name: KEDGE_ADMIN_TOKEN
    value: file:/run/secrets/kedge/admin-token
  - name: KEDGE_OUTPUT
    value: {{ .Values.output | quote }}
  - name: KEDGE_ALLOWED_PLACES
    value: {{ join "," .Values.allowedPlaces | quote }}
  {{- range $name, $value := .Values.settings }}
  - name: KEDGE_{{ upper $name }}
    value: {{ $value | quote }}
  {{- end }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: secret
    mountPath: /run/secrets/kedge
    readOnly: true
  - name: data
    mountPath: /var/lib/kedge
  - name: tmp
    mountPath: /tmp
{{- end }}

{{- define "kedge.secret" -}}
- name: secret
  secret:
    secretName: {{ required "secret.name: name the secret with the database's URL" .Values.secret.name }}
    items:
      - key: {{ .Values.secret.databaseKey }}
        path: database
      - key: {{ .Values.secret.adminTokenKey }}
        path: admin-token
{{- end }}
