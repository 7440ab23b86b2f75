extension Schema {
    /// The values that are not mappings with known keys, by the names that declarations give to `defined`.
    static let definedValues = #"""
            "listen_entry": { "oneOf": [{ "$ref": "#/$defs/bind_address" }, { "$ref": "#/$defs/listener" }] },
            "server_entry": { "oneOf": [{ "$ref": "#/$defs/server" }, { "$ref": "#/$defs/upstream_server" }] },
            "status_range": {
              "description": "200, 2xx or 200-399.",
              "type": ["integer", "string"],
              "pattern": "^([2-5]xx|[2-5][0-9]{2}(-[2-5][0-9]{2})?)$|\\$\\{",
              "minimum": 200,
              "maximum": 599
            },
            "upstreams": {
              "type": ["object", "null"],
              "propertyNames": { "pattern": "^[A-Za-z0-9._-]+$" },
              "additionalProperties": { "oneOf": [{ "$ref": "#/$defs/server" }, { "$ref": "#/$defs/upstream" }] }
            },
            "policies": { "type": ["object", "null"], "additionalProperties": { "$ref": "#/$defs/rules" } },
            "routes": { "type": ["array", "null"], "items": { "$ref": "#/$defs/route" } },
            "rules": {
              "description": "Run from top to bottom; each sees the result of those before it.",
              "oneOf": [{ "type": ["array", "null"], "items": { "$ref": "#/$defs/rule_entry" } }, { "$ref": "#/$defs/rule_list" }]
            },
            "rule_entry": { "oneOf": [{ "const": "stop" }, { "$ref": "#/$defs/rule" }] },
            "field_tests": {
              "oneOf": [
                { "description": "All of these are present.", "$ref": "#/$defs/texts" },
                {
                  "type": "object",
                  "additionalProperties": {
                    "oneOf": [{ "description": "absent, present, or the value.", "$ref": "#/$defs/texts" }, { "$ref": "#/$defs/field_test" }]
                  }
                }
              ]
            },
            "text": { "description": "A number, true or false is taken as it is written.", "type": ["string", "number", "boolean"] },
            "texts": { "oneOf": [{ "$ref": "#/$defs/text" }, { "type": "null" }, { "type": "array", "items": { "$ref": "#/$defs/text" } }] },
            "typed_value": {
              "description": "A policy by directive: CSP, HSTS, Permissions-Policy, Cache-Control, Reporting-Endpoints.",
              "type": "object",
              "minProperties": 1
            },
            "field_values": {
              "type": "object",
              "minProperties": 1,
              "additionalProperties": { "oneOf": [{ "$ref": "#/$defs/text" }, { "$ref": "#/$defs/typed_value" }] }
            },
            "field_lists": {
              "type": "object",
              "minProperties": 1,
              "additionalProperties": {
                "oneOf": [
                  { "$ref": "#/$defs/text" },
                  { "$ref": "#/$defs/typed_value" },
                  { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/text" } }
                ]
              }
            },
            "bind_address": {
              "description": "host:port, :8080, 8080, [::1]:8080 or unix:/path.",
              "type": ["integer", "string"],
              "minimum": 0,
              "maximum": 65535,
              "minLength": 1
            },
            "server": { "description": "http:// with host and port, host:port, or unix:/path.", "type": "string", "minLength": 1 },
            "duration": {
              "description": "500ms, 1.5s, 30s, 10m, 1h, 1d or 1m30s, at most 365d; 0, or a variable.",
              "oneOf": [{ "const": 0 }, { "type": "string", "pattern": "^(0|([0-9]+([.][0-9]{1,9})? *([mM][sS]|[sSmMhHdD]))+|.*\\$\\{.*)$" }]
            },
            "size": {
              "description": "512, 64KB, 1.5MB or 1GB, at most 1TB; K is 1024. Or a variable.",
              "oneOf": [
                { "type": ["integer", "string"], "pattern": "\\$\\{", "minimum": 0 },
                { "type": "string", "pattern": "^([0-9]+|([0-9]+([.][0-9]{1,9})? *([kKmMgGtT]([iI]?[bB])?|[bB]))+|.*\\$\\{.*)$" }
              ]
            }
        """#
}
