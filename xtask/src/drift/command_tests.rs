//! `cargo xtask drift` as a user runs it: what it writes, and its exit status.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Arguments, execute, root};

/// Port's documents.
const PUBLISHED: [&str; 2] = [
    include_str!("../../tests/fixtures/port-published.json"),
    include_str!("../../tests/fixtures/port-published-runs.json"),
];
const ALLOWED: &str = include_str!("../../../openapi/drift-allowed.txt");

/// Port's documents as one.
fn published() -> Value {
    let [mut published, mut runs] = PUBLISHED.map(|text| serde_json::from_str::<Value>(text).unwrap());
    let paths = published["paths"].as_object_mut().unwrap();
    paths.append(runs["paths"].as_object_mut().unwrap());
    published
}

/// The exit status and the output of the command with these arguments.
fn run(arguments: impl IntoIterator<Item = OsString>) -> (u8, String) {
    let arguments = ["xtask", "drift"].map(OsString::from).into_iter().chain(arguments);
    match Arguments::try_parse_from(arguments) {
        Err(error) => (u8::try_from(error.exit_code()).unwrap(), error.to_string()),
        Ok(arguments) => {
            let (mut output, mut errors) = (Vec::new(), Vec::new());
            let exit = execute(arguments, &mut output, &mut errors);
            let code = (0..=u8::MAX).find(|code| ExitCode::from(*code) == exit);
            output.append(&mut errors);
            (code.unwrap(), String::from_utf8(output).unwrap())
        }
    }
}

/// The exit status and the output for documents of Port.
fn drift(documents: &[&Value], allowed: &str) -> (u8, String) {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("list");
    std::fs::write(&list, allowed).unwrap();
    let files = documents.iter().enumerate().map(|(number, document)| {
        let file = folder.path().join(format!("{number}.json"));
        std::fs::write(&file, document.to_string()).unwrap();
        file.into_os_string()
    });
    run([OsString::from("--allow"), list.into_os_string()].into_iter().chain(files))
}

/// The lines to paste.
fn new_lines(output: &str) -> Vec<&str> {
    output.lines().filter(|line| line.starts_with("only in ") || line.starts_with("not compared ")).collect()
}

fn child<'a>(value: &'a mut Value, step: &str) -> &'a mut Value {
    if value.is_array() { &mut value[step.parse::<usize>().unwrap()] } else { &mut value[step] }
}

#[test]
fn published_document_has_no_new_differences() {
    let (code, output) = drift(&[&published()], ALLOWED);
    assert_eq!((code, new_lines(&output)), (0, vec![]), "{output}");
    assert!(output.contains(" 0 new, ") && output.ends_with("; 0 routes of Port left out\n"), "{output}");
    let files = ["port-published.json", "port-published-runs.json"];
    let files = files.map(|file| root().join("xtask/tests/fixtures").join(file).into_os_string());
    assert_eq!(run(files).0, 0, "with the list that is used by default");
}

#[test]
fn several_documents_are_read_as_one() {
    let (mut one, mut other) = (published(), published());
    other["paths"] = json!({ "/v1/auth/access_token": one["paths"]["/v1/auth/access_token"].take(),
        "/v1/blueprints": { "get": {}, "post": { "responses": { "200": { "$ref": "no.json" } } } } });
    one["paths"].as_object_mut().unwrap().remove("/v1/auth/access_token");
    let (code, output) = drift(&[&one, &other], ALLOWED);
    assert_eq!((code, new_lines(&output)), (0, vec![]), "{output}");
    assert!(output.ends_with("; 2 routes of Port left out\n"), "{output}");
    assert_eq!(new_lines(&drift(&[&one], ALLOWED).1), ["only in contract POST /v1/auth/access_token"]);
}

/// What Port can change one day: a path of keys, the new value if it is not removed, and the lines to paste. The changes
/// of a paragraph are made at once.
const CHANGES: &str = r##"
BODY properties fieldOfTomorrow = { "type": "array", "items": { "type": "string" } }
  only in Port POST /v1/webhooks request .fieldOfTomorrow: array
BODY properties icon
  only in contract POST /v1/webhooks request .icon: string
BODY properties title maxLength = 50
  only in Port POST /v1/webhooks request .title: string maxLength=50
  only in contract POST /v1/webhooks request .title: string maxLength=30
BODY properties enabled default = false
  only in Port POST /v1/webhooks request .enabled: default=false
  only in contract POST /v1/webhooks request .enabled: default=true
BODY properties integrationType enum = ["custom", "template", "app"]
  only in Port POST /v1/webhooks request .integrationType: "app"
BODY properties security properties signatureAlgorithm anyOf 1 = { "const": "none" }
  only in Port POST /v1/webhooks request .security.signatureAlgorithm: "none"
  only in contract POST /v1/webhooks request .security.signatureAlgorithm: null
BODY additionalProperties = true
  only in Port POST /v1/webhooks request body: object
  only in contract POST /v1/webhooks request body: object additionalProperties=false
BODY properties mappings items then properties blueprint type = "object"
  only in Port POST /v1/webhooks request .mappings[].blueprint: object
  only in Port POST /v1/webhooks request .mappings[]: one of {blueprint!: object, entity!: object, filter: string, itemsToParse: string, operation!: "delete"|object}
  only in contract POST /v1/webhooks request .mappings[]: one of {blueprint!: string, entity!: object, filter: string, itemsToParse: string, operation!: "delete"|object}
BODY properties mappings items else properties operation oneOf 1 properties deleteDependents = { "type": "boolean" }
  only in Port POST /v1/webhooks request .mappings[].operation: one of {deleteDependents: boolean, type!: "create"}
TOKEN responses 200 content application/json schema properties expiresIn type = "string"
  only in Port POST /v1/auth/access_token response 200 .expiresIn: string
  only in contract POST /v1/auth/access_token response 200 .expiresIn: number
CREATE requestBody required = false
  only in contract POST /v1/webhooks request: required
CREATE requestBody content text/plain = { "schema": { "type": "string" } }
  only in Port POST /v1/webhooks request text/plain: string
CREATE responses 418 = {}
  only in Port POST /v1/webhooks response 418
CREATE responses 413
  only in contract POST /v1/webhooks response 413
CREATE responses 401 headers = { "X-A": { "schema": {} } }
  only in Port POST /v1/webhooks response 401 header x-a
CREATE responses 401 links = { "a": {} }
  not compared in Port POST /v1/webhooks response 401 links
CREATE security = []
  only in Port POST /v1/webhooks: authentication=none
  only in contract POST /v1/webhooks: authentication=required
CREATE parameters = [{ "in": "query", "name": "a b", "schema": {} }]
  only in Port POST /v1/webhooks query "a\u{20}b"
ONE get parameters 0 in = "query"
  only in Port GET /v1/webhooks/{identifier} query identifier
  only in contract GET /v1/webhooks/{identifier} path identifier
ONE patch
  only in contract PATCH /v1/webhooks/{identifier}
ONE put = { "$ref": "#/no", "responses": {} }
  not compared in Port PUT /v1/webhooks/{identifier}: #/no does not exist
paths /v2/webhooks = { "get": {} }
  only in Port GET /v2/webhooks
paths /v1/webhooks/{id}/logs = { "get": {} }
  only in Port GET /v1/webhooks/{id}/logs
servers 1 url = "https://api.ap.port.io"
  only in Port server https://api.ap.port.io
  only in contract server https://api.us.port.io
webhooks = {}
  not compared in Port webhooks

BODY properties icon type = "integer"
  only in Port POST /v1/webhooks request .icon: integer
  only in contract POST /v1/webhooks request .icon: string
BODY properties icon deprecated = true
  only in Port POST /v1/webhooks request .icon: deprecated=true
BODY properties integrationType enum = ["custom"]
  only in contract POST /v1/webhooks request .integrationType: "template"
BODY required = ["title", "enabled", "icon"]
  only in Port POST /v1/webhooks request .icon: required

BODY properties icon type = ["string", "null"]
  only in Port POST /v1/webhooks request .icon: null

BODY properties icon = { "$ref": "other.json#/icon" }
  not compared in Port POST /v1/webhooks request .icon: other.json#/icon is in another file

BODY properties icon = { "$ref": "#/components/no" }
  not compared in Port POST /v1/webhooks request .icon: #/components/no does not exist

BODY properties icon = { "not": { "$ref": "#/info" } }
  not compared in Port POST /v1/webhooks request .icon: `not` with a $ref inside

BODY properties icon = { "type": 3 }
  not compared in Port POST /v1/webhooks request .icon: `type` that is neither text nor a list of texts
BODY properties title type = []
  not compared in Port POST /v1/webhooks request .title: `type` that is neither text nor a list of texts

BODY properties icon = { "oneOf": 3 }
  not compared in Port POST /v1/webhooks request .icon: `oneOf` that is not a list

BODY properties icon pattern = "^a # b$"
  only in Port POST /v1/webhooks request .icon: string pattern="^a \u0023 b$"
  only in contract POST /v1/webhooks request .icon: string

BODY properties icon not = { "const": "a" }
  only in Port POST /v1/webhooks request .icon: string not={"const":"a"}
  only in contract POST /v1/webhooks request .icon: string
"##;

#[test]
fn each_change_of_port_is_reported_on_its_lines() {
    for changes in CHANGES.split("\n\n") {
        let mut document = published();
        let (mut expected, changes): (Vec<&str>, Vec<&str>) =
            changes.trim().lines().partition(|line| line.starts_with("  "));
        for change in &changes {
            let (path, value) = change.split_once(" = ").unwrap_or((change, ""));
            let path = path.replace("BODY", "CREATE requestBody content application/json schema");
            let path = path
                .replace("CREATE", "paths /v1/webhooks post")
                .replace("ONE", "paths /v1/webhooks/{identifier}");
            let path = path.replace("TOKEN", "paths /v1/auth/access_token post");
            let mut steps: Vec<&str> = path.split(' ').collect();
            let last = steps.pop().unwrap();
            let parent = steps.into_iter().fold(&mut document, child);
            if value.is_empty() {
                parent.as_object_mut().unwrap().remove(last).unwrap();
            } else {
                *child(parent, last) = serde_json::from_str(value).unwrap();
            }
        }
        let (code, output) = drift(&[&document], ALLOWED);
        let mut found = new_lines(&output);
        expected.retain(|line| match found.iter().position(|one| *one == line.trim_start()) {
            Some(place) => found.remove(place).is_empty(),
            None => true,
        });
        assert_eq!((code, expected, found), (1, vec![], vec![]), "missing and new lines of {changes:#?}");
    }
}

/// Puts schemas in the place of the icon of a new data source.
fn with_schemas(icon: &Value, schemas: Value) -> Value {
    let mut document = published();
    let request = &mut document["paths"]["/v1/webhooks"]["post"]["requestBody"];
    request["content"]["application/json"]["schema"]["properties"]["icon"] = icon.clone();
    document["components"]["schemas"] = schemas;
    document
}

#[test]
fn one_of_a_hundred_branches_is_compared() {
    let branch = |length: usize| json!({ "type": "string", "minLength": length });
    let icon = json!({ "oneOf": (1..=100).map(branch).collect::<Vec<_>>() });
    let output = drift(&[&with_schemas(&icon, json!({}))], ALLOWED).1;
    let lines = new_lines(&output);
    assert_eq!(lines.len(), 101, "each branch, and the one of the contract: {output}");
    assert!(lines.contains(&"only in Port POST /v1/webhooks request .icon: string minLength=77"), "{output}");
}

/// Each of these is small and stands for more than can be compared.
#[test]
fn schemas_without_end_are_reported_as_not_compared() {
    let to = |at: usize| json!({ "$ref": format!("#/components/schemas/S{at}") });
    let links: [fn(Value) -> Value; 5] = [
        |next| json!({ "allOf": [next] }),
        |next| json!({ "properties": { "a": next } }),
        |next| json!({ "properties": { "a": next, "b": next } }),
        |next| json!({ "oneOf": [next, next] }),
        |next| json!({ "allOf": [{ "oneOf": [next, { "enum": [1, 2] }] }, { "oneOf": [next, true] }] }),
    ];
    let chain = |link: fn(Value) -> Value, last: Value| {
        let links = (0..300).map(|at| (format!("S{at}"), link(to(at + 1))));
        with_schemas(&to(0), links.chain([("S300".to_owned(), last)]).collect())
    };
    let mut documents: Vec<Value> =
        links.iter().map(|link| chain(*link, json!({ "type": "string" }))).collect();
    documents.push(chain(links[0], to(0)));
    documents.push(with_schemas(&to(0), json!({ "S0": to(0) })));
    for document in documents {
        let (code, output) = drift(&[&document], ALLOWED);
        let is_named = |line: &&str| line.starts_with("not compared in Port POST /v1/webhooks request");
        let is_below_new = output.contains("\nonly in Port POST /v1/webhooks request .icon.a: object\n");
        assert!(code == 1 && (is_below_new || new_lines(&output).iter().any(is_named)), "{output}");
    }
}

#[test]
fn stale_line_of_the_list_is_reported() {
    let list = format!("{ALLOWED}only in Port POST /gone request .a: string # once\n");
    let (code, output) = drift(&[&published()], &list);
    let line =
        format!("\nline {}: only in Port POST /gone request .a: string # once\n", list.lines().count());
    assert!(code == 1 && output.contains(&line) && output.contains(" 0 new, "), "{output}");
}

#[test]
fn unreadable_input_exits_with_2_and_says_why() {
    for (list, expected) in [
        ("\nonly in Port GET /a", "line 2: has no reason; write it after the difference and ` # `"),
        ("only in Port GET /a #", "line 1: has no reason"),
        ("only in Port * *: # all", "line 1: has to begin with one of `only in contract `"),
        ("* GET /a # all", "line 1: has to begin with"),
    ] {
        let (code, output) = drift(&[&published()], list);
        assert!(
            code == 2 && output.starts_with("error: in the allow list, ") && output.contains(expected),
            "{output}"
        );
    }
    for (document, expected) in [
        (json!([]), "it has no `openapi`"),
        (json!({ "swagger": "2.0" }), "it has no `openapi`"),
        (json!({ "openapi": "3.2.0" }), "is OpenAPI 3.2.0; this reads OpenAPI 3.0 and 3.1"),
        (json!({ "openapi": "3.1.0", "paths": [] }), "has no `paths`"),
    ] {
        let (code, output) = drift(&[&published(), &document], ALLOWED);
        assert!(code == 2 && output.contains("1.json: ") && output.contains(expected), "{output}");
    }
    assert!(drift(&[], ALLOWED).1.contains("<FILES>..."));
}

/// Puts a value where a walk of `steps` ends.
fn put(at: &mut Value, steps: &[usize], value: &Value) {
    let count = at.as_array().map_or(0, Vec::len) + at.as_object().map_or(0, serde_json::Map::len);
    match (at, steps) {
        (Value::Array(items), [step, rest @ ..]) if count > 0 => put(&mut items[step % count], rest, value),
        (Value::Object(members), [step, rest @ ..]) if count > 0 => {
            put(members.values_mut().nth(step % count).unwrap(), rest, value);
        }
        (at, _) => *at = value.clone(),
    }
}

fn odd_value() -> impl Strategy<Value = Value> {
    let values = [
        json!(null),
        json!(true),
        json!(-1.5),
        json!(""),
        json!([]),
        json!([null, {}]),
        json!({}),
        json!({ "$ref": "#" }),
        json!({ "$ref": "#/paths" }),
        json!({ "enum": ["a * # b", "\u{1b}\n"] }),
        json!({ "allOf": [{ "$ref": "#/paths/~1v1~1webhooks" }, { "type": ["string", "null"] }] }),
    ];
    prop::sample::select(values.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pasted_lines_allow_any_document(
        changes in prop::collection::vec((prop::collection::vec(any::<usize>(), 1..14), odd_value()), 1..6),
    ) {
        let mut document = published();
        for (steps, value) in &changes {
            put(&mut document["paths"], steps, value);
        }
        let (code, output) = drift(&[&document], "");
        prop_assert!(code == 1, "{output}");
        let list = new_lines(&output).join(" # pasted\n") + " # pasted\n";
        let (code, output) = drift(&[&document], &list);
        prop_assert!(code == 0, "{output}\n{list}");
    }
}
