//! The time from an event to its entity, against starting `jq` for each event.

use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};

use criterion::{Criterion, criterion_group, criterion_main};
use port_webhooks_mapping::{Event, Mappings};
use serde_json::{Value, json};

const BODY: &[u8] = br#"{"ref": "refs/heads/main", "repository": {"name": "shop", "full_name": "acme/shop", "stars": "12"}}"#;
/// The same event and the same mapping, for `jq`.
const EVENT: &[u8] = br#"{"headers": {"x-github-event": "push"}, "body": {"ref": "refs/heads/main", "repository": {"name": "shop", "full_name": "acme/shop", "stars": "12"}}}"#;
const PROGRAM: &str = r#"if .headers."x-github-event" == "push" then {
    identifier: .body.repository.name,
    title: .body.repository.full_name,
    properties: {branch: (.body.ref | sub("^refs/heads/"; "")), stars: (.body.repository.stars | tonumber)}
} else empty end"#;

fn mapping() -> Mappings {
    Mappings::compile(&json!([{
        "blueprint": "service",
        "filter": ".headers.\"x-github-event\" == \"push\"",
        "entity": {
            "identifier": ".body.repository.name",
            "title": ".body.repository.full_name",
            "properties": {
                "branch": ".body.ref | sub(\"^refs/heads/\"; \"\")",
                "stars": ".body.repository.stars | tonumber",
            },
        },
    }]))
    .unwrap()
}

fn with_mapping(mappings: &Mappings) -> Value {
    let event = Event::new(black_box(BODY), [("X-GitHub-Event", "push")], []).unwrap();
    json!(mappings.evaluate(&event).entities[0].properties)
}

fn with_jq() -> Value {
    let mut jq = Command::new("jq");
    let mut jq = jq.args(["-c", PROGRAM]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    jq.stdin.take().unwrap().write_all(black_box(EVENT)).unwrap();
    serde_json::from_slice::<Value>(&jq.wait_with_output().unwrap().stdout).unwrap()["properties"].take()
}

fn event_to_entity(criterion: &mut Criterion) {
    let mappings = mapping();
    assert_eq!(with_mapping(&mappings), with_jq());
    let mut group = criterion.benchmark_group("an event to its entity");
    group.bench_function("starting jq for each", |bencher| bencher.iter(with_jq));
    group.bench_function("port-webhooks-mapping", |bencher| bencher.iter(|| with_mapping(&mappings)));
    group.finish();
}

criterion_group!(benches, event_to_entity);
criterion_main!(benches);
