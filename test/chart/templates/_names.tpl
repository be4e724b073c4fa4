{{- define "runner.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{- define "runner.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "runner.labels" -}}
{{ include "runner.selector" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "runner.usesArgo" -}}
{{- if or .Values.installArgoWorkflows .Values.config.argoWorkflows.endpoint }}yes{{ end }}
{{- end }}

{{/* A variable of the environment, left out where its value is empty, as the vendor's templates do. */}}
{{- define "runner.variable" -}}
{{- with index . 1 }}
- name: {{ index $ 0 }}
  value: {{ . | toString | quote }}
{{- end }}
{{- end }}
