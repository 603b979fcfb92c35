package judge

import (
	_ "embed" // the schema
	"encoding/json"
	"fmt"

	"judge/sandbox"
)

//go:embed result.schema.json
var resultSchema []byte

// ResultSchema is the JSON Schema of a [Result], and of a document of several. The
// sandbox's report is a part of it.
func ResultSchema() (string, error) {
	var schema struct {
		Schema      string                     `json:"$schema"`
		Title       string                     `json:"title"`
		Description string                     `json:"description"`
		OneOf       json.RawMessage            `json:"oneOf"`
		Defs        map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(resultSchema, &schema); err != nil {
		return "", fmt.Errorf("read the schema of results: %w", err)
	}
	schema.Defs["report"] = json.RawMessage(sandbox.ReportSchema)
	text, err := json.MarshalIndent(schema, "", "  ")
	return string(text) + "\n", err
}
