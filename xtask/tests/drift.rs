//! `cargo xtask drift` as a user runs it: what it writes, and what it exits with.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const PUBLISHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/port-published.json");

fn drift(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask")).arg("drift").args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A folder for the files of one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

fn published() -> Value {
    serde_json::from_str(&std::fs::read_to_string(PUBLISHED).unwrap()).unwrap()
}

/// The report on what Port published, with one thing changed.
fn report(change: impl FnOnce(&mut Value)) -> (i32, Value) {
    let mut document = published();
    change(&mut document);
    let folder = Folder::new();
    let output = drift(&["--json", &folder.file("changed.json", &document.to_string())]);
    (code(&output), serde_json::from_slice(&output.stdout).unwrap())
}

fn new_lines(report: &Value) -> Vec<&str> {
    report["new"].as_array().unwrap().iter().map(|one| one["line"].as_str().unwrap()).collect()
}

#[test]
fn what_port_published_has_nothing_new() {
    let output = drift(&[PUBLISHED]);
    let stdout = text(&output.stdout);
    assert_eq!(code(&output), 0, "{stdout}{}", text(&output.stderr));
    assert!(stdout.contains("8 routes and ") && stdout.contains(" compared: 0 new, "), "{stdout}");
    assert!(stdout.contains("callbacks are not compared (here):\n    POST /v1/webhooks\n"), "{stdout}");
}

#[test]
fn json_has_all_of_the_report_in_one_document() {
    let output = drift(&["--json", PUBLISHED]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut keys: Vec<&str> = report.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected =
        ["allowed", "clean", "compared", "here", "new", "not_compared", "routes_left_out", "stale", "there"];
    assert_eq!(keys, expected);
    assert_eq!(report["clean"], true);
    assert_eq!(report["compared"]["routes"], 8);
    let page = report["allowed"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["where"] == "GET /v1/webhooks query page");
    let mut page = page.unwrap().clone();
    assert!(page["allowed_by"]["line"].take().is_u64());
    assert_eq!(
        page,
        json!({
            "kind": "only here", "what": "parameter", "where": "GET /v1/webhooks query page",
            "here": "yes", "there": null, "line": "only here parameter GET /v1/webhooks query page",
            "allowed_by": {
                "line": null, "pattern": "only here parameter GET /v1/webhooks query page",
                "reason": "paging: documented contract, not published",
            },
        })
    );
    let callbacks =
        json!({ "where": "POST /v1/webhooks", "side": "here", "reason": "callbacks are not compared" });
    assert!(report["not_compared"].as_array().unwrap().contains(&callbacks));
}

/// What Port may change one day. None of it fits the allow list.
#[test]
fn whatever_port_changes_is_new() {
    fn body<'a>(document: &'a mut Value, method: &str) -> &'a mut Value {
        let path = if method == "post" { "/v1/webhooks" } else { "/v1/webhooks/{identifier}" };
        &mut document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"]
    }
    type Change = (fn(&mut Value), &'static [&'static str]);
    let changes: &[Change] = &[
        (
            |document| body(document, "post")["properties"]["labels"] = json!({ "type": "array" }),
            &["only there field POST /v1/webhooks request (2).labels: array"],
        ),
        (
            |document| drop(body(document, "put")["properties"].as_object_mut().unwrap().remove("icon")),
            &["only here field PUT /v1/webhooks/{identifier} request (2).icon: string"],
        ),
        (
            |document| body(document, "post")["properties"]["title"]["maxLength"] = 50.into(),
            &["different maxLength POST /v1/webhooks request (2).title: 30 -> 50"],
        ),
        (
            |document| body(document, "post")["required"] = json!(["title", "enabled", "icon"]),
            &["only there required POST /v1/webhooks request (2).icon"],
        ),
        (
            |document| {
                let algorithm = &mut body(document, "patch")["properties"]["security"]["properties"]["signatureAlgorithm"];
                algorithm["anyOf"][0]["enum"] = json!(["sha1", "sha256", "sha512", "plain"]);
            },
            &[
                "only there value PATCH /v1/webhooks/{identifier} request (2).security.signatureAlgorithm: \"sha512\"",
            ],
        ),
        (
            |document| {
                let then = &mut body(document, "post")["properties"]["mappings"]["items"]["then"];
                then["properties"]["filter"]["type"] = "object".into();
            },
            &["different type POST /v1/webhooks request (2).mappings[](2).filter: string -> object"],
        ),
        (
            |document| body(document, "post")["additionalProperties"] = true.into(),
            &["different other fields POST /v1/webhooks request (2): refused -> allowed"],
        ),
        (
            |document| {
                let list = &mut document["paths"]["/v1/webhooks"]["get"];
                list["parameters"] =
                    json!([{ "in": "query", "name": "limit", "schema": { "type": "integer" } }]);
            },
            &["only there parameter GET /v1/webhooks query limit"],
        ),
        (
            |document| {
                document["paths"]["/v1/webhooks/{identifier}/logs"] = json!({ "get": { "responses": {} } });
            },
            &["only there route GET /v1/webhooks/{identifier}/logs"],
        ),
        (
            |document| {
                drop(document["paths"]["/v1/webhooks/{identifier}"].as_object_mut().unwrap().remove("patch"));
            },
            &["only here route PATCH /v1/webhooks/{identifier}"],
        ),
        (
            |document| {
                let responses = &mut document["paths"]["/v1/webhooks/metadata"]["get"]["responses"];
                responses.as_object_mut().unwrap().remove("404");
            },
            &["only here response GET /v1/webhooks/metadata response 404"],
        ),
        (
            |document| {
                let response = &mut document["paths"]["/v1/auth/access_token"]["post"]["responses"]["200"];
                response["content"]["application/json"]["schema"]["properties"]["expiresIn"]["type"] =
                    "string".into();
            },
            &["different type POST /v1/auth/access_token response 200 .expiresIn: number -> string"],
        ),
        (
            |document| document["servers"][1]["url"] = "https://api.ap.port.io".into(),
            &["only there server https://api.ap.port.io", "only here server https://api.us.port.io"],
        ),
    ];
    for (change, expected) in changes {
        let (code, report) = report(change);
        assert_eq!(new_lines(&report), *expected);
        assert_eq!((code, &report["clean"]), (1, &json!(false)), "{expected:?}");
    }
}

#[test]
fn routes_of_no_concern_are_counted_and_listed_on_demand() {
    let mut document = published();
    document["paths"]["/v1/blueprints"] = json!({ "get": { "responses": {} }, "post": { "responses": {} } });
    let folder = Folder::new();
    let file = folder.file("whole.json", &document.to_string());
    let output = drift(&[&file]);
    let stdout = text(&output.stdout);
    assert_eq!(code(&output), 0, "{stdout}");
    assert!(
        stdout.ends_with("2 routes of there left out, away from the contract's; --all-routes lists them\n")
    );

    let output = drift(&["--all-routes", &file]);
    assert_eq!(code(&output), 1);
    assert!(text(&output.stdout).contains("POST /v1/blueprints"), "{}", text(&output.stdout));
}

#[test]
fn a_table_names_what_is_new() {
    let folder = Folder::new();
    let there = r"
        openapi: 3.1
        paths:
          /v1/webhooks: { delete: {} }
    ";
    let list = "only here route * # all of it is ours\n";
    let (there, list) = (folder.file("there.yaml", there), folder.file("list", list));
    let output = drift(&["--allow", &list, &there]);
    assert_eq!(code(&output), 1);
    let stdout = text(&output.stdout);
    let expected = "
new
  kind        what   where                here  there
  only there  route  DELETE /v1/webhooks  -     yes

0 routes and 0 schemas compared: 1 new, 8 allowed, 0 not compared
";
    assert!(stdout.ends_with(expected), "{stdout}");
    assert!(!stdout.contains("all of it is ours"));

    let stdout = drift(&["--allowed", "--allow", &list, &there]).stdout;
    let stdout = text(&stdout);
    assert!(stdout.contains("allowed\n  line 1: all of it is ours\n"), "{stdout}");
    assert!(stdout.contains("GET /v1/webhooks/metadata"), "{stdout}");
}

#[test]
fn a_line_that_matches_nothing_any_more_is_named() {
    let folder = Folder::new();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/drift-allowed.txt");
    let list =
        std::fs::read_to_string(committed).unwrap() + "only there field POST /gone request .a # once\n";
    let number = list.lines().count();
    let list = folder.file("list", &list);
    let output = drift(&["--allow", &list, PUBLISHED]);
    let stdout = text(&output.stdout);
    assert_eq!(code(&output), 1, "{stdout}");
    let line = format!("  line {number}: only there field POST /gone request .a # once\n");
    assert!(stdout.contains(&line) && stdout.contains("0 new, "), "{stdout}");
    assert!(stdout.contains(", 1 line of the allow list without effect"), "{stdout}");

    let output = drift(&["--json", "--allow", &list, PUBLISHED]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let pattern = "only there field POST /gone request .a";
    assert_eq!(report["stale"], json!([{ "line": number, "pattern": pattern, "reason": "once" }]));
    assert_eq!(code(&output), 1);
}

#[test]
fn what_cannot_be_read_is_two_and_says_what_was_tried() {
    let folder = Folder::new();
    let swagger = folder.file("swagger.json", r#"{ "swagger": "2.0", "paths": {} }"#);
    let broken = folder.file("broken.json", "{ \"openapi\": ");
    let no_reason = folder.file("no-reason", "# first\nonly here route GET /a\n");
    for (arguments, expected) in [
        (vec!["missing.json"], vec!["the document to compare with, missing.json: cannot be read: "]),
        (vec![&swagger], vec!["swagger.json: is Swagger 2.0; this reads OpenAPI 3.0 and 3.1"]),
        (vec![&broken], vec!["broken.json: is not JSON: ", "line 1"]),
        (vec!["--allow", "missing.txt", PUBLISHED], vec!["cannot read the allow list, missing.txt: "]),
        (vec!["--allow", &no_reason, PUBLISHED], vec!["no-reason: line 2: it has no reason; "]),
        (vec![], vec!["<FILE>"]),
        (vec!["--jsn", PUBLISHED], vec!["--jsn"]),
    ] {
        let output = drift(&arguments);
        let stderr = text(&output.stderr);
        assert_eq!((code(&output), text(&output.stdout)), (2, ""), "{stderr}");
        assert!(expected.iter().all(|part| stderr.contains(part)), "{stderr}");
    }
}
