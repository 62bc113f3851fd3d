// Renders a Helm chart's templates with Go's own engine, for machines without helm: values and release come as JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/template"
)

func main() {
	var data map[string]any
	check(json.NewDecoder(os.Stdin).Decode(&data))
	root := template.New("chart").Option("missingkey=error")
	root.Funcs(template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out bytes.Buffer
			err := root.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"toYaml":     func(value any) string { return strings.TrimSuffix(block(value, ""), "\n") },
		"nindent":    func(n int, text string) string { return "\n" + indent(n, text) },
		"quote":      func(value any) string { return strconv.Quote(fmt.Sprint(value)) },
		"upper":      strings.ToUpper,
		"join": func(mark string, items []any) string {
			texts := []string{}
			for _, item := range items {
				texts = append(texts, fmt.Sprint(item))
			}
			return strings.Join(texts, mark)
		},
		"trunc":      func(n int, text string) string { return text[:min(n, len(text))] },
		"trimSuffix": func(suffix, text string) string { return strings.TrimSuffix(text, suffix) },
		"add":        func(a, b any) int { return number(a) + number(b) },
		"default": func(fallback, value any) any {
			if truth, _ := template.IsTrue(value); truth {
				return value
			}
			return fallback
		},
		"required": func(message string, value any) (any, error) {
			if truth, _ := template.IsTrue(value); !truth {
				return nil, fmt.Errorf("%s", message)
			}
			return value, nil
		},
	})
	for _, file := range os.Args[1:] {
		text, err := os.ReadFile(file)
		check(err)
		_, err = root.New(file).Parse(string(text))
		check(err)
	}
	for _, file := range os.Args[1:] {
		if strings.HasSuffix(file, ".yaml") {
			check(root.ExecuteTemplate(os.Stdout, file, data))
			fmt.Println("\n---")
		}
	}
}

// block writes a value as helm does: maps and lists a line an item.
func block(value any, pad string) string {
	var out strings.Builder
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			out.WriteString(pad + key + ":" + below(value[key], pad+"  "))
		}
	case []any:
		for _, item := range value {
			out.WriteString(pad + "- " + strings.TrimPrefix(block(item, pad+"  "), pad+"  "))
		}
	default:
		out.WriteString(pad + scalar(value) + "\n")
	}
	return out.String()
}

func below(value any, pad string) string {
	switch value.(type) {
	case map[string]any, []any:
		return "\n" + block(value, pad)
	}
	return " " + scalar(value) + "\n"
}

func scalar(value any) string { // JSON is YAML
	out, err := json.Marshal(value)
	check(err)
	return string(out)
}

func indent(n int, text string) string {
	pad := strings.Repeat(" ", n)
	return pad + strings.ReplaceAll(text, "\n", "\n"+pad)
}

func number(value any) int {
	if float, ok := value.(float64); ok {
		return int(float)
	}
	return value.(int)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
