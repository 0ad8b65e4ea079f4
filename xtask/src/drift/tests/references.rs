//! References: to other parts, in circles, and to nowhere.

use super::*;

#[test]
fn a_schema_is_the_same_by_reference() {
    let plain = taking("3.0.3", "{ type: object, properties: { a: { type: string, maxLength: 5 } } }");
    for (schema, schemas) in [
        (
            "{ $ref: '#/components/schemas/A' }",
            "{ A: { type: object, properties: { a: { $ref: '#/components/schemas/B' } } }, B: { type: string, maxLength: 5 } }",
        ),
        (
            "{ $ref: '#/components/schemas/x~1y~0z' }",
            "{ 'x/y~z': { type: object, properties: { a: { type: string, maxLength: 5 } } } }",
        ),
        (
            "{ $ref: '#/components/schemas/a%20%C3%A4' }",
            "{ 'a ä': { type: object, properties: { a: { type: string, maxLength: 5 } } } }",
        ),
        (
            "{ allOf: [{ $ref: '#/components/schemas/A' }] }",
            "{ A: { $ref: '#/components/schemas/B' }, B: { properties: { a: { type: string, maxLength: 5 } } } }",
        ),
    ] {
        assert_eq!(between(&plain, &with_schemas("3.0.3", schema, schemas)), [""; 0], "{schema}");
    }
}

#[test]
fn what_stands_beside_a_reference_counts_in_3_1_alone() {
    let plain = taking("3.1.0", "{ type: string, maxLength: 5 }");
    let beside = |version| {
        with_schemas(version, "{ $ref: '#/components/schemas/A', maxLength: 5 }", "{ A: { type: string } }")
    };
    assert_eq!(between(&plain, &beside("3.1.0")), [""; 0]);
    let comparison = compare(&plain, &beside("3.0.3"), false);
    assert_eq!(lines(&comparison), ["only here maxLength POST /a request: 5"]);
    assert_eq!(
        skipped(&comparison),
        ["POST /a request (there): what stands beside a $ref does not count in OpenAPI 3.0: maxLength"]
    );
}

#[test]
fn a_reference_to_elsewhere_is_not_compared() {
    for (reference, reason) in [
        ("other.yaml#/A", "other.yaml#/A is in another document"),
        ("https://example.com/a.json", "https://example.com/a.json is in another document"),
        ("#/components/schemas/Missing", "#/components/schemas/Missing does not exist"),
        ("#anchor", "#anchor is an anchor, not a path"),
    ] {
        let there = taking(
            "3.1.0",
            &format!("{{ properties: {{ a: {{ $ref: '{reference}' }}, b: {{ type: string }} }} }}"),
        );
        let here = taking("3.1.0", "{ properties: { a: { type: string }, b: { type: integer } } }");
        let comparison = compare(&here, &there, false);
        assert_eq!(skipped(&comparison), [format!("POST /a request .a (there): {reason}")]);
        // The rest is.
        assert_eq!(lines(&comparison), ["different type POST /a request .b: integer -> string"]);
    }
}

#[test]
fn a_schema_that_contains_itself_ends() {
    let tree = |limit: u8| {
        with_schemas(
            "3.1.0",
            "{ $ref: '#/components/schemas/Tree' }",
            &format!(
                "{{ Tree: {{ type: object, properties: {{ name: {{ type: string, maxLength: {limit} }},
                   children: {{ type: array, items: {{ $ref: '#/components/schemas/Tree' }} }} }} }} }}"
            ),
        )
    };
    assert_eq!(between(&tree(5), &tree(5)), [""; 0]);
    let found = between(&tree(5), &tree(6));
    assert_eq!(
        found.first().map(String::as_str),
        Some("different maxLength POST /a request .children[].name: 5 -> 6")
    );
    assert_eq!(found.last().map(String::as_str), Some("different maxLength POST /a request .name: 5 -> 6"));
    assert_eq!(found.len(), 2, "{found:?}");
}

#[test]
fn a_schema_that_is_itself_is_not_compared() {
    let here = taking("3.1.0", "{ type: string }");
    for schemas in [
        "{ A: { $ref: '#/components/schemas/A' } }",
        "{ A: { allOf: [{ $ref: '#/components/schemas/B' }] }, B: { oneOf: [{ $ref: '#/components/schemas/A' }] } }",
    ] {
        let there = with_schemas("3.1.0", "{ $ref: '#/components/schemas/A' }", schemas);
        let comparison = compare(&here, &there, false);
        assert_eq!(skipped(&comparison), ["POST /a request (there): it is defined by itself"]);
        assert_eq!(lines(&comparison), [""; 0]);
    }
}

#[test]
fn references_stand_for_parts_of_operations_as_well() {
    let plain = document(
        "3.0.3",
        "paths: { /a: { post: { parameters: [{ in: query, name: q, schema: { type: string } }],
           requestBody: { required: true, content: {} },
           responses: { '200': { headers: { x-a: { schema: { type: string } } } } } } } }",
    );
    let referring = "
        paths: { /a: { $ref: '#/components/pathItems/A' } }
        components:
          pathItems: { A: { post: {
            parameters: [{ $ref: '#/components/parameters/Q' }],
            requestBody: { $ref: '#/components/requestBodies/B' },
            responses: { '200': { $ref: '#/components/responses/R' } } } } }
          parameters: { Q: { in: query, name: q, schema: { type: string } } }
          requestBodies: { B: { required: true, content: {} } }
          responses: { R: { headers: { X-A: { $ref: '#/components/headers/H' } } } }
          headers: { H: { schema: { type: string } } }
    ";
    assert_eq!(between(&plain, &document("3.1.0", referring)), [""; 0]);

    let circle = referring
        .replace("B: { required: true, content: {} }", "B: { $ref: '#/components/requestBodies/B' }");
    let comparison = compare(&plain, &document("3.1.0", &circle), false);
    assert_eq!(skipped(&comparison), ["POST /a request (there): its references do not end"]);
    assert_eq!(lines(&comparison), [""; 0]);
}

/// Each of these is small and stands for more than can be compared.
#[test]
fn documents_without_end_are_given_up() {
    let chain = |count: usize, link: fn(usize) -> String| {
        let schemas: Vec<String> = (0..count).map(|at| format!("S{at}: {}", link(at + 1))).collect();
        let schemas = format!("{{ {}, S{count}: {{ type: string }} }}", schemas.join(", "));
        with_schemas("3.1.0", "{ $ref: '#/components/schemas/S0' }", &schemas)
    };
    let links: [fn(usize) -> String; 4] = [
        |at| format!("{{ allOf: [{{ $ref: '#/components/schemas/S{at}' }}] }}"),
        |at| format!("{{ properties: {{ a: {{ $ref: '#/components/schemas/S{at}' }} }} }}"),
        |at| {
            format!(
                "{{ properties: {{ a: {{ $ref: '#/components/schemas/S{at}' }}, b: {{ $ref: '#/components/schemas/S{at}' }} }} }}"
            )
        },
        |at| {
            format!(
                "{{ oneOf: [{{ type: string, maxLength: {at} }}, {{ $ref: '#/components/schemas/S{at}' }}, {{ $ref: '#/components/schemas/S{at}' }}] }}"
            )
        },
    ];
    for (count, link) in [(5_000, links[0]), (5_000, links[1]), (40, links[2]), (40, links[3])] {
        let there = chain(count, link);
        assert_ne!(skipped(&compare(&there, &there, false)), [""; 0]);
    }
}
