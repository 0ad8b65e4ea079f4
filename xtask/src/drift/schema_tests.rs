//! Schemas that are written differently, and whether they mean the same.

use super::*;

/// A schema of 3.0, one of 3.1, and the lines that differ. `S` stands for a schema that contains itself.
const SCHEMAS: &[(&str, &str, &[&str])] = &[
    ("{ type: string, nullable: true }", "{ type: ['null', string] }", &[]),
    ("{ type: string, nullable: true }", "{ anyOf: [{ type: string }, { type: 'null' }] }", &[]),
    ("{ nullable: true, allOf: [{ type: string }] }", "{ type: [string, 'null'] }", &[]),
    ("{ type: string, nullable: true, enum: [a, b, null] }", "{ enum: [b, a, null] }", &[]),
    ("{ type: boolean, enum: [false] }", "{ const: false }", &[]),
    ("{ type: string, enum: [a, b] }", "{ oneOf: [{ const: b, title: B }, { const: a }] }", &[]),
    ("{ properties: { a: { type: string } } }", "{ type: object, properties: { a: { type: string } } }", &[]),
    ("{ type: object, additionalProperties: {} }", "{ type: object, additionalProperties: true }", &[]),
    ("{ oneOf: [{ type: string, maxLength: 3 }, { type: integer }] }", "{ type: [integer, string], maxLength: 3 }", &[]),
    ("{ allOf: [{ type: string }, { maxLength: 5 }] }", "{ type: string, maxLength: 5 }", &[]),
    (
        "{ allOf: [{ properties: { a: { type: string } } }, { required: [a], properties: { b: {} } }] }",
        "{ type: object, required: [a], properties: { a: { type: string }, b: {} } }",
        &[],
    ),
    (
        "{ oneOf: [{ type: object, required: [k, a], properties: { k: { enum: [x] }, a: { type: string } } },
          { type: object, required: [k], properties: { k: { enum: [y] }, b: {} } }] }",
        "{ type: object, required: [k], properties: { k: { enum: [x, y] } }, if: { properties: { k: { const: x } } },
          then: { required: [a], properties: { a: { type: string } } }, else: { properties: { k: { const: y }, b: {} } } }",
        &[],
    ),
    ("{ $ref: '#/S' }", "{ $ref: '#/S' }", &[]),
    ("{ type: string }", "{ type: integer }", &["Port POST /a request body: integer", "contract POST /a request body: string"]),
    ("{ type: integer }", "{ type: integer, enum: [1] }", &["Port POST /a request body: 1", "contract POST /a request body: integer"]),
    ("{ type: string, enum: [a] }", "{ type: object, enum: [a] }", &["Port POST /a request body: \"a\" declaredType=\"object\"", "contract POST /a request body: \"a\""]),
    ("{}", "{ allOf: [{ type: string }, { type: integer }] }", &["Port POST /a request body: no value", "contract POST /a request body: any"]),
    ("{ items: { type: string } }", "{ type: array, items: {} }", &["contract POST /a request []: string"]),
    (
        "{ oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }",
        "{ properties: { a: {}, b: {} } }",
        &["contract POST /a request body: one of {a: any}", "contract POST /a request body: one of {b: any}"],
    ),
    (
        "{ type: object, properties: { 'a b': { type: string, not: { const: ' # ' } } } }",
        "{ type: object }",
        &["contract POST /a request [\"a b\"]: string not={\"const\":\" \\u0023 \"}"],
    ),
    ("{ properties: { c: { $ref: '#/S' } } }", "{ $ref: '#/S' }", &["Port POST /a request .c: the same as POST /a request body", "contract POST /a request .c.c: the same as POST /a request .c", "contract POST /a request .c: object"]),
];

fn with_schema(version: &str, schema: &str) -> Value {
    let paths = format!(
        "{{ /a: {{ post: {{ requestBody: {{ content: {{ application/json: {{ schema: {schema} }} }} }} }} }} }}"
    );
    let link = |at| {
        format!("S{at}: {{ properties: {{ a: {{ $ref: '#/S{0}' }}, b: {{ $ref: '#/S{0}' }} }} }}", at + 1)
    };
    let links = (1..30).map(link).collect::<Vec<_>>().join(", ");
    let itself = "{ type: object, properties: { c: { $ref: '#/S' } } }";
    document::parse(&format!("{{ openapi: {version}, paths: {paths}, S: {itself}, {links}, S30: {{}} }}"))
        .unwrap()
}

#[test]
fn schemas_differ_only_where_their_meaning_does() {
    for (old, new, expected) in SCHEMAS {
        let (differences, ..) = compare(&with_schema("3.0.3", old), &[with_schema("3.1.0", new)]);
        let lines = differences.iter().filter_map(|line| line.strip_prefix("only in "));
        assert_eq!(lines.collect::<Vec<_>>(), *expected, "{old} {new}");
    }
}

#[test]
fn what_neither_document_can_compare_is_reported() {
    for (schema, reason) in [
        ("{ $ref: 'other.json#/A' }", "other.json#/A is in another file"),
        ("{ not: { $ref: '#/S' } }", "`not` with a $ref inside"),
        ("{ $ref: '#/S1' }", "the document has more than 50000 schemas"),
    ] {
        let (differences, ..) = compare(&with_schema("3.0.3", schema), &[with_schema("3.0.3", schema)]);
        for side in ["contract", "Port"] {
            let line = format!("not compared in {side} POST /a request body: {reason}");
            assert!(differences.contains(&line), "{line} {differences:?}");
        }
    }
}
