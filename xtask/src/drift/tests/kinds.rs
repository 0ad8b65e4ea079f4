//! Each kind of difference, by the line that names it.

use super::*;

/// A schema here, one there, and what differs.
const DIFFERENT: &[(&str, &str, &[&str])] = &[
    ("{ type: string }", "{ type: integer }", &["different type POST /a request: string -> integer"]),
    ("{ type: number }", "{ type: integer }", &["different type POST /a request: number -> integer"]),
    ("{}", "{ type: string }", &["different type POST /a request: any -> string"]),
    ("{ type: string }", "{ type: [string, 'null'] }", &["only there null POST /a request"]),
    (
        "{ enum: [a, b] }",
        "{ enum: [b, c] }",
        &["only there value POST /a request: \"c\"", "only here value POST /a request: \"a\""],
    ),
    ("{ type: string }", "{ const: a }", &["different values POST /a request: any -> \"a\""]),
    (
        "{ type: string, maxLength: 30 }",
        "{ type: string, maxLength: 40 }",
        &["different maxLength POST /a request: 30 -> 40"],
    ),
    ("{ type: string, minLength: 1 }", "{ type: string }", &["only here minLength POST /a request: 1"]),
    (
        "{ type: string }",
        "{ type: string, pattern: '^a$' }",
        &["only there pattern POST /a request: \"^a$\""],
    ),
    ("{ type: string, format: uri }", "{ type: string }", &["only here format POST /a request: \"uri\""]),
    (
        "{ type: integer, minimum: 1 }",
        "{ type: integer, exclusiveMinimum: 1 }",
        &["only there exclusiveMinimum POST /a request: 1", "only here minimum POST /a request: 1"],
    ),
    (
        "{ type: array, maxItems: 3 }",
        "{ type: array, minItems: 3, uniqueItems: true }",
        &[
            "only here maxItems POST /a request: 3",
            "only there minItems POST /a request: 3",
            "only there uniqueItems POST /a request: true",
        ],
    ),
    (
        "{ type: boolean, default: true }",
        "{ type: boolean, default: false }",
        &["different default POST /a request: true -> false"],
    ),
    (
        "{ type: string }",
        "{ type: string, deprecated: true }",
        &["only there deprecated POST /a request: true"],
    ),
    (
        "{ properties: { a: { type: string }, b: {} } }",
        "{ properties: { b: {}, c: { const: 1 } } }",
        &["only here field POST /a request .a: string", "only there field POST /a request .c: 1"],
    ),
    (
        "{ properties: { a: {} }, required: [a] }",
        "{ properties: { a: {} } }",
        &["only here required POST /a request .a"],
    ),
    (
        "{ properties: { a: {} } }",
        "{ properties: { a: {}, b: {} }, required: [b] }",
        &["only there field POST /a request .b: any"],
    ),
    (
        "{ type: object, additionalProperties: false }",
        "{ type: object }",
        &["different other fields POST /a request: refused -> allowed"],
    ),
    (
        "{ additionalProperties: { type: string } }",
        "{ additionalProperties: { type: integer } }",
        &["different type POST /a request {}: string -> integer"],
    ),
    (
        "{ properties: { a: { items: { properties: { 'b c': { type: string } } } } } }",
        "{ properties: { a: { items: { properties: { 'b c': { type: boolean } } } } } }",
        &["different type POST /a request .a[][\"b c\"]: string -> boolean"],
    ),
    (
        "{ oneOf: [{ type: string }, { type: object, properties: { a: {} } }] }",
        "{ type: string }",
        &["only here branch POST /a request: object {a}"],
    ),
    // Branches are told apart by their constants, in whatever order they stand.
    (
        "{ oneOf: [{ properties: { k: { const: x }, a: { type: string } } },
                { properties: { k: { const: y }, a: { type: integer } } }] }",
        "{ oneOf: [{ properties: { k: { const: y }, a: { type: boolean } } },
                { properties: { k: { const: x }, a: { type: string }, b: {} } }] }",
        &[
            "only there field POST /a request (1).b: any",
            "different type POST /a request (2).a: integer -> boolean",
        ],
    ),
];

#[test]
fn a_difference_of_schemas_is_named() {
    for (here, there, expected) in DIFFERENT {
        let (here, there) = (taking("3.1.0", here), taking("3.1.0", there));
        let found = between(&here, &there);
        assert_eq!(found, *expected);
        // The other way round it is the same, with the sides exchanged.
        let back = between(&there, &here);
        let turned = |line: &String| match line.split_once(" -> ") {
            Some(_) => "different",
            None if line.starts_with("only here") => "only there",
            None => "only here",
        };
        let mut kinds: Vec<&str> = found.iter().map(turned).collect();
        let mut kinds_back: Vec<&str> = back
            .iter()
            .map(|line| {
                ["different", "only here", "only there"]
                    .into_iter()
                    .find(|kind| line.starts_with(kind))
                    .unwrap()
            })
            .collect();
        kinds.sort_unstable();
        kinds_back.sort_unstable();
        assert_eq!(kinds, kinds_back, "{found:?} {back:?}");
    }
}

/// Operations of `/a` here and there, and what differs.
const OPERATIONS: &[(&str, &str, &[&str])] = &[
    (
        "{ get: {}, put: {} }",
        "{ get: {}, post: {} }",
        &["only there route POST /a", "only here route PUT /a"],
    ),
    ("{ get: {} }", "{ get: { deprecated: true } }", &["only there deprecated GET /a"]),
    (
        "{ get: {} }",
        "{ get: { security: [{ own: [] }] } }",
        &["different authentication GET /a: none -> required"],
    ),
    (
        "{ get: { parameters: [{ in: query, name: q }] } }",
        "{ get: {} }",
        &["only here parameter GET /a query q"],
    ),
    (
        "{ get: {} }",
        "{ get: { parameters: [{ in: query, name: q, required: true }] } }",
        &["only there parameter GET /a query q", "only there required GET /a query q"],
    ),
    (
        "{ get: { parameters: [{ in: query, name: q, schema: { type: string } }] } }",
        "{ get: { parameters: [{ in: header, name: q }, { in: query, name: q, schema: { type: integer } }] } }",
        &["only there parameter GET /a header q", "different type GET /a query q: string -> integer"],
    ),
    (
        "{ get: { parameters: [{ in: query, name: q, schema: { type: array } }] } }",
        "{ get: { parameters: [{ in: query, name: q, explode: false, schema: { type: array } }] } }",
        &["different style GET /a query q: form, each by itself -> form"],
    ),
    (
        "{ put: { requestBody: { required: true, content: {} } } }",
        "{ put: { requestBody: { content: {} } } }",
        &["only here required PUT /a request"],
    ),
    ("{ put: {} }", "{ put: { requestBody: { content: {} } } }", &["only there body PUT /a request"]),
    (
        "{ put: { requestBody: { content: { application/json: {} } } } }",
        "{ put: { requestBody: { content: { 'Application/JSON; charset=utf-8': {}, text/plain: {} } } } }",
        &["only there media type PUT /a request: text/plain"],
    ),
    (
        "{ put: { requestBody: { content: { text/plain: { schema: { type: string } } } } } }",
        "{ put: { requestBody: { content: { text/plain: { schema: { type: integer } } } } } }",
        &["different type PUT /a request text/plain: string -> integer"],
    ),
    (
        "{ get: { responses: { '200': {}, '404': {} } } }",
        "{ get: { responses: { '200': {}, '422': {} } } }",
        &["only here response GET /a response 404", "only there response GET /a response 422"],
    ),
    (
        "{ get: { responses: { '200': {} } } }",
        "{ get: { responses: { '200': { content: { application/json: { schema: { type: string } } } } } } }",
        &["only there body GET /a response 200"],
    ),
    (
        "{ get: { responses: { '200': { content: { application/json: { schema: { type: string } } } } } } }",
        "{ get: { responses: { '200': { content: { application/json: { schema: { type: boolean } } } } } } }",
        &["different type GET /a response 200: string -> boolean"],
    ),
    (
        "{ get: { responses: { '200': { headers: { X-A: { schema: { type: string } }, X-B: {} } } } } }",
        "{ get: { responses: { '200': { headers: { x-a: { schema: { type: integer } } } } } } }",
        &[
            "different type GET /a response 200 header x-a: string -> integer",
            "only here header GET /a response 200 header x-b",
        ],
    ),
];

#[test]
fn a_difference_of_operations_is_named() {
    for (here, there, expected) in OPERATIONS {
        let item = |item: &str| document("3.1.0", &format!("paths: {{ /a: {item} }}"));
        assert_eq!(between(&item(here), &item(there)), *expected);
    }
}

#[test]
fn servers_are_compared_where_both_name_some() {
    let servers =
        |list: &str| document("3.0.3", &format!("{{ servers: {list}, paths: {{ /a: {{ get: {{}} }} }} }}"));
    let here = servers("[{ url: 'https://a' }, { url: 'https://b' }]");
    assert_eq!(
        between(&here, &servers("[{ url: 'https://b/' }, { url: 'https://c' }]")),
        ["only here server https://a", "only there server https://c"]
    );
    assert_eq!(between(&here, &servers("[]")), [""; 0]);
}

#[test]
fn routes_away_from_the_contract_are_left_out_and_counted() {
    let here = document("3.0.3", "paths: { /v1/webhooks: { get: {} }, '/v1/webhooks/{id}': { get: {} } }");
    let there = document(
        "3.0.3",
        "paths: { /v1/webhooks: { get: {}, head: {} }, '/v1/webhooks/{a}': { get: {} },
           '/v1/webhooks/{id}/pause': { post: {} }, /v2/webhooks: { get: {} },
           /v1/webhooks-of-others: { get: {} }, /v1/blueprints: { get: {}, post: {} } }",
    );
    let near = [
        "only there route GET /v2/webhooks",
        "only there route HEAD /v1/webhooks",
        "only there route POST /v1/webhooks/{id}/pause",
    ];
    let comparison = compare(&here, &there, false);
    assert_eq!(lines(&comparison), near);
    assert_eq!((comparison.routes, comparison.left_out), (2, 3));

    let comparison = compare(&here, &there, true);
    assert_eq!((lines(&comparison).len(), comparison.left_out), (6, 0));
    assert!(lines(&comparison).contains(&"only there route GET /v1/webhooks-of-others".to_owned()));
}

#[test]
fn what_has_no_comparison_is_named() {
    for (here, there, expected) in [
        (
            "{ type: string }",
            "{ type: string, not: { const: a } }",
            "POST /a request (there): the keyword not is not compared",
        ),
        (
            "{ type: object, patternProperties: { a: {} } }",
            "{ type: object, patternProperties: { b: {} } }",
            "POST /a request (both): the keyword patternProperties is not compared",
        ),
        (
            "{ type: object }",
            "{ type: object, enum: [a] }",
            "POST /a request (there): its type, object, allows none of its values; the type is left out",
        ),
        ("{ type: string }", "{ type: 3 }", "POST /a request (there): its type is not text"),
        ("{ type: string }", "3", "POST /a request (there): it is not a schema"),
        (
            "{ type: string }",
            "{ allOf: [{ type: string }, { type: integer }] }",
            "POST /a request (there): it allows no value",
        ),
    ] {
        let comparison = compare(&taking("3.1.0", here), &taking("3.1.0", there), false);
        assert_eq!(skipped(&comparison), [expected]);
    }
    let same = taking("3.1.0", "{ type: string, not: { const: a } }");
    assert_eq!(between(&same, &same), [""; 0]);

    let here = document("3.1.0", "{ paths: { /a: { get: { callbacks: { a: {} } } } }, webhooks: { a: {} } }");
    let comparison = compare(&here, &document("3.1.0", "paths: { /a: { get: {} } }"), false);
    assert_eq!(
        skipped(&comparison),
        [
            "GET /a (here): callbacks are not compared",
            "webhooks (here): calls that Port makes are not compared",
        ]
    );
}
