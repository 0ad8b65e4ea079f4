//! What is written differently and means the same.

use super::*;

/// A schema of 3.0, and the same as 3.1 has it.
const SAME: &[(&str, &str)] = &[
    ("{ type: string, nullable: true }", "{ type: [string, 'null'] }"),
    ("{ type: string, nullable: true }", "{ type: ['null', string] }"),
    ("{ type: string, nullable: true }", "{ anyOf: [{ type: string }, { type: 'null' }] }"),
    ("{ type: string, nullable: true }", "{ type: string, nullable: true }"),
    ("{ type: string, nullable: true, enum: [a, b] }", "{ enum: [b, a, null] }"),
    ("{ nullable: true, allOf: [{ type: string }] }", "{ oneOf: [{ type: 'null' }, { type: string }] }"),
    ("{ type: string, enum: [a] }", "{ const: a }"),
    ("{ type: boolean, enum: [false] }", "{ const: false }"),
    ("{ type: string, enum: [a, b] }", "{ oneOf: [{ const: b, title: B }, { const: a, title: A }] }"),
    ("{ type: integer, minimum: 3, exclusiveMinimum: true }", "{ type: integer, exclusiveMinimum: 3 }"),
    ("{ type: number, maximum: 3, exclusiveMaximum: true }", "{ type: number, exclusiveMaximum: 3.0 }"),
    ("{ type: number, minimum: 3, exclusiveMinimum: false }", "{ type: number, minimum: 3 }"),
    ("{ type: string, maxLength: 30, minLength: 0 }", "{ type: string, maxLength: 30.0 }"),
    ("{ type: array, items: {}, uniqueItems: false }", "{ type: array, items: true }"),
    ("{ type: object, additionalProperties: {} }", "{ type: object, additionalProperties: true }"),
    ("{ type: object, additionalProperties: {} }", "{ type: object }"),
    ("{ properties: { a: { type: string } } }", "{ type: object, properties: { a: { type: string } } }"),
    ("{ type: object, required: [b, a] }", "{ type: object, required: [a, b] }"),
    ("{ oneOf: [{ type: string }, { type: integer }] }", "{ type: [integer, string] }"),
    (
        "{ oneOf: [{ type: string }, { oneOf: [{ type: integer }, { type: boolean }] }] }",
        "{ anyOf: [{ type: boolean }, { type: string }, { type: integer }] }",
    ),
    (
        "{ allOf: [{ type: string, maxLength: 9 }, { maxLength: 5, pattern: a }] }",
        "{ type: string, maxLength: 5, pattern: a }",
    ),
    (
        "{ allOf: [{ properties: { a: { type: string } } }, { required: [a], properties: { b: {} } }] }",
        "{ type: object, required: [a], properties: { a: { type: string }, b: {} } }",
    ),
    (
        "{ allOf: [{ type: object, properties: { a: { type: string } } }, { properties: { a: { maxLength: 5 } } }] }",
        "{ type: object, properties: { a: { type: string, maxLength: 5 } } }",
    ),
    (
        "{ type: object, properties: { a: { type: string } } }",
        "{ type: object, properties: { a: { type: string }, b: false } }",
    ),
    (
        "{ type: object, additionalProperties: { type: string } }",
        "{ type: object, additionalProperties: { type: string }, propertyNames: { type: string } }",
    ),
    (
        "{ type: string, description: one, example: a, x-own: 1 }",
        "{ type: string, description: two, examples: [b] }",
    ),
    ("{ type: array, items: { type: string } }", "{ items: { type: string } }"),
    // A condition is one branch or the other.
    (
        "{ oneOf: [
        { type: object, required: [kind, a], properties: { kind: { enum: [x] }, a: { type: string } } },
        { type: object, properties: { kind: { enum: [y] }, b: { type: integer } } }] }",
        "{ type: object, properties: { kind: { enum: [x, y] } },
        if: { properties: { kind: { const: x } }, required: [kind] },
        then: { required: [a], properties: { a: { type: string } } },
        else: { properties: { kind: { const: y }, b: { type: integer } } } }",
    ),
];

#[test]
fn a_schema_of_3_0_and_its_form_in_3_1_do_not_differ() {
    for (old, new) in SAME {
        let (old, new) = (taking("3.0.3", old), taking("3.1.0", new));
        assert_eq!(between(&old, &new), [""; 0], "{old:?} {new:?}");
        assert_eq!(between(&new, &old), [""; 0], "{new:?} {old:?}");
    }
}

/// Each of the schemas above says something: it is not the same as anything.
#[test]
fn forms_are_told_from_one_another() {
    let strings = taking("3.1.0", "{ type: string }");
    for (_, form) in SAME.iter().filter(|(_, form)| !form.contains("description")) {
        assert_ne!(lines(&compare(&strings, &taking("3.1.0", form), false)), [""; 0], "{form}");
    }
}

#[test]
fn json_and_yaml_are_read_alike() {
    let yaml = "
        paths:
          /a:
            get:
              responses:
                200: { description: OK }
    ";
    let json = r#"{ "paths": { "/a": { "get": { "responses": { "200": {} } } } } }"#;
    assert_eq!(between(&document("3.0.3", yaml), &document("3.0.3", json)), [""; 0]);
}

#[test]
fn paths_are_the_same_whatever_their_parameters_are_called() {
    let path = |path: &str, name: &str| {
        document(
            "3.0.3",
            &format!(
                "paths: {{ '{path}': {{ parameters: [{{ in: path, name: {name}, required: true, schema: {{ type: string }} }}],
                   get: {{}} }} }}"
            ),
        )
    };
    let here = path("/v1/webhooks/{identifier}", "identifier");
    assert_eq!(between(&here, &path("/v1/webhooks/{webhook_identifier}/", "webhook_identifier")), [""; 0]);
    // Which parameter is meant is told by where it stands, and it is called as the contract has it.
    let there = path("/v1/webhooks/{id}", "other");
    assert_eq!(
        between(&here, &there),
        [
            "only here parameter GET /v1/webhooks/{identifier} path identifier",
            "only there parameter GET /v1/webhooks/{identifier} path other",
            "only there required GET /v1/webhooks/{identifier} path other",
        ]
    );
}

#[test]
fn parameters_of_a_path_are_those_of_its_operations() {
    let shared = "paths: { /a: { parameters: [{ in: query, name: q, schema: { type: string } },
        { in: header, name: X-A, schema: { type: integer } }], get: {} } }";
    let own = "paths: { /a: { parameters: [{ in: query, name: q, schema: { type: integer } }],
        get: { parameters: [{ in: query, name: q, schema: { type: string } },
        { in: header, name: x-a, style: simple, schema: { type: integer } },
        { in: header, name: Authorization }] } } }";
    assert_eq!(between(&document("3.0.3", shared), &document("3.1.0", own)), [""; 0]);
}

#[test]
fn the_path_of_a_server_is_part_of_its_routes() {
    let plain = document("3.0.3", "{ servers: [{ url: 'https://a' }], paths: { /v1/a: { get: {} } } }");
    for servers in [
        "[{ url: 'https://a/v1' }]",
        "[{ url: 'https://a/v1/' }, { url: 'https://{host}/v1', variables: { host: { default: a } } }]",
    ] {
        let text = format!("{{ servers: {servers}, paths: {{ /a: {{ get: {{}} }} }} }}");
        assert_eq!(between(&plain, &document("3.0.3", &text)), [""; 0], "{servers}");
    }
    let relative = document("3.0.3", "{ servers: [{ url: /v1 }], paths: { /a: { get: {} } } }");
    assert_eq!(between(&plain, &relative), [""; 0]);

    let several =
        "{ servers: [{ url: 'https://a/v1' }, { url: 'https://a/v2' }], paths: { /a: { get: {} } } }";
    let comparison = compare(&plain, &document("3.0.3", several), false);
    assert_eq!(skipped(&comparison), ["GET /v1/a (there): its servers have several paths; \"/v1\" is taken"]);
}

#[test]
fn a_status_meets_the_range_that_it_lies_in() {
    let statuses =
        |list: &str| document("3.0.3", &format!("paths: {{ /a: {{ get: {{ responses: {list} }} }} }}"));
    let range = statuses("{ '5xx': { description: A } }");
    assert_eq!(between(&range, &statuses("{ '500': {}, '503': {} }")), [""; 0]);
    assert_eq!(between(&statuses("{ '500': {} }"), &range), [""; 0]);
    assert_eq!(
        between(&range, &statuses("{ default: {}, '404': {} }")),
        [
            "only there response GET /a response 404",
            "only here response GET /a response 5XX",
            "only there response GET /a response default",
        ]
    );
}
