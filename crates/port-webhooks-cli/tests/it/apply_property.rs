//! Any two sets of webhooks: after `apply` they are equal in the fields that files name, and a second `apply` is empty.

use std::collections::BTreeSet;

use fake_port::{Ending, Fault, FaultPlan, Profile};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Map, Value, json};

use crate::support::{Ran, World};

const IDENTIFIERS: [&str; 6] = ["a", "b-c", "d.e", "f g", "h/i", "ü"];
const EVENTS: [&str; 4] = ["entity.created", "run.created", "run.completed", "blueprint.deleted"];
/// What files read from the environment.
const VARIABLES: [(&str, &str); 2] = [("V_ONE", "one: 'quoted'"), ("V_TWO", "two")];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_shrink_iters: 60, ..ProptestConfig::default() }
}

fn text(longest: usize) -> impl Strategy<Value = Value> {
    let plain =
        proptest::collection::vec(prop_oneof![any::<char>(), proptest::char::range(' ', '~')], 0..longest);
    let odd = prop_oneof![Just("null"), Just("yes"), Just("7"), Just("- a: b"), Just("~"), Just("\"'\n#")];
    prop_oneof![
        plain.prop_map(|text| Value::from(text.into_iter().collect::<String>())),
        odd.prop_map(Value::from),
    ]
}

/// A value that is secret: in the file, or in the environment.
fn secret() -> impl Strategy<Value = Value> {
    prop_oneof![
        // The YAML writer of this test has no quotes around `4e745`, which is a number in YAML 1.2.
        "[a-z][a-z0-9]{0,11}".prop_map(Value::from),
        any::<Index>().prop_map(|index| json!({ "fromEnv": index.get(&VARIABLES).0 })),
    ]
}

fn nullable(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![4 => value, 1 => Just(Value::Null)]
}

type Field = (&'static str, BoxedStrategy<Value>);

/// Some of the fields, each named or not.
fn some_of(fields: Vec<Field>) -> BoxedStrategy<Map<String, Value>> {
    let each: Vec<_> = fields
        .into_iter()
        .map(|(name, value)| {
            proptest::option::of(value).prop_map(move |value| value.map(|value| (name.to_owned(), value)))
        })
        .collect();
    each.prop_map(|fields| fields.into_iter().flatten().collect()).boxed()
}

fn subscription() -> BoxedStrategy<Map<String, Value>> {
    let events = subsequence(EVENTS.to_vec(), 1..=4).prop_shuffle().prop_map(|events| json!(events));
    let names = subsequence(vec!["X-API-Key", "Authorization", "X-Three"], 0..=3);
    let headers = (names, proptest::collection::vec(secret(), 3)).prop_map(|(names, values)| {
        names.into_iter().map(str::to_owned).zip(values).collect::<Map<_, _>>().into()
    });
    let security = some_of(vec![("secret", nullable(secret()).boxed())]).prop_map(Value::Object);
    some_of(vec![
        ("title", nullable(text(30)).boxed()),
        ("description", nullable(text(60)).boxed()),
        ("url", "https://[a-z]{1,8}\\.example\\.com/[a-z]{0,5}".prop_map(Value::from).boxed()),
        ("events", events.boxed()),
        ("headers", nullable(headers).boxed()),
        ("security", nullable(security).boxed()),
        ("enabled", any::<bool>().prop_map(Value::from).boxed()),
    ])
}

fn data_source() -> BoxedStrategy<Map<String, Value>> {
    let operation = prop_oneof![Just(json!("create")), Just(json!({ "type": "create" }))];
    let mapping = (operation, "[a-z]{1,5}").prop_map(|(operation, blueprint)| {
        json!({ "blueprint": blueprint, "operation": operation, "entity": { "identifier": ".id" } })
    });
    let mappings = proptest::collection::vec(mapping, 0..3).prop_map(Value::from);
    let security = some_of(vec![
        ("secret", nullable(secret()).boxed()),
        ("signaturePrefix", nullable(text(10)).boxed()),
        ("signatureAlgorithm", nullable(prop_oneof![Just(json!("sha1")), Just(json!("sha256"))]).boxed()),
    ]);
    some_of(vec![
        ("title", text(30).boxed()),
        ("description", nullable(text(60)).boxed()),
        ("icon", nullable(text(10)).boxed()),
        ("mappings", nullable(mappings).boxed()),
        ("security", nullable(security.prop_map(Value::Object)).boxed()),
        ("enabled", any::<bool>().prop_map(Value::from).boxed()),
    ])
}

/// Webhooks by their identifiers.
type Set = Vec<(&'static str, Map<String, Value>)>;

fn set(webhook: fn() -> BoxedStrategy<Map<String, Value>>) -> impl Strategy<Value = Set> {
    (subsequence(IDENTIFIERS.to_vec(), 0..=6), proptest::collection::vec(webhook(), 6))
        .prop_map(|(names, webhooks)| names.into_iter().zip(webhooks).collect())
}

/// What is at Port at first, and what is declared.
struct Case {
    there: Set,
    declared: Set,
    prune: bool,
    yaml: bool,
}

fn case(webhook: fn() -> BoxedStrategy<Map<String, Value>>) -> impl Strategy<Value = Case> {
    (set(webhook), set(webhook), any::<bool>(), any::<bool>())
        .prop_map(|(there, declared, prune, yaml)| Case { there, declared, prune, yaml })
}

impl std::fmt::Debug for Case {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let set = |set: &Set| {
            set.iter().map(|(name, fields)| json!({ *name: fields })).collect::<Value>().to_string()
        };
        write!(
            formatter,
            "there {} declared {} prune {} yaml {}",
            set(&self.there),
            set(&self.declared),
            self.prune,
            self.yaml
        )
    }
}

/// What the fake wants of a new webhook.
fn complete(profile: Profile, fields: &mut Map<String, Value>) {
    if profile == Profile::Live {
        fields.entry("title").or_insert(json!("t"));
    } else {
        fields.entry("url").or_insert(json!("https://new.example.com"));
        fields.entry("events").or_insert(json!(["run.created"]));
    }
}

/// The value that a reference stands for.
fn resolved(value: &Value) -> Value {
    match value.get("fromEnv").and_then(Value::as_str) {
        Some(name) => VARIABLES.iter().find(|(variable, _)| *variable == name).unwrap().1.into(),
        None => value.clone(),
    }
}

fn without_nulls(fields: &Map<String, Value>) -> Map<String, Value> {
    let inner = |value: &Value| match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), resolved(value)))
            .collect(),
        value => value.clone(),
    };
    fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), inner(value)))
        .collect()
}

impl Case {
    fn start(&mut self, profile: Profile) -> World {
        let world = if profile == Profile::Live { World::live() } else { World::new() };
        for (identifier, fields) in &mut self.there {
            complete(profile, fields);
            let mut seed = without_nulls(fields);
            seed.insert("identifier".to_owned(), json!(*identifier));
            world.fake.seed(Value::Object(seed)).unwrap();
        }
        let mut webhooks = Vec::new();
        for (identifier, fields) in &mut self.declared {
            if !self.there.iter().any(|(there, _)| there == identifier) {
                complete(profile, fields);
            }
            let mut webhook = fields.clone();
            webhook.insert("identifier".to_owned(), json!(*identifier));
            webhooks.push(webhook);
        }
        let text = if self.yaml {
            serde_norway::to_string(&webhooks).unwrap()
        } else {
            serde_json::to_string(&webhooks).unwrap()
        };
        world.file("hooks.yaml", &text);
        world
    }

    fn run(&self, world: &World) -> Ran {
        let mut arguments = vec!["apply", "-f", "hooks.yaml"];
        if self.prune {
            arguments.extend(["--prune-everything", "--yes"]);
        }
        let mut command = world.command(&arguments);
        command.envs(VARIABLES);
        Ran::of(command, "")
    }

    /// What holds after `apply`: of what was there before, and of what is there now.
    fn check(&self, before: &[Value], world: &World) {
        let now = world.fake.webhooks();
        let names = |webhooks: &[Value]| -> BTreeSet<String> {
            webhooks.iter().map(|webhook| webhook["identifier"].as_str().unwrap().to_owned()).collect()
        };
        let declared: BTreeSet<String> = self.declared.iter().map(|(name, _)| (*name).to_owned()).collect();
        let wanted = if self.prune { declared.clone() } else { &declared | &names(before) };
        assert_eq!(names(&now), wanted);
        for webhook in &now {
            let name = webhook["identifier"].as_str().unwrap();
            let old = before.iter().find(|old| old["identifier"] == name);
            let Some((_, fields)) = self.declared.iter().find(|(declared, _)| *declared == name) else {
                assert_eq!(Some(webhook), old, "what is not declared is left alone");
                continue;
            };
            for (field, value) in fields {
                assert!(
                    holds(field, value, &webhook[field]),
                    "{name} {field}: {value} is {}",
                    webhook[field]
                );
            }
            for (field, value) in old.iter().flat_map(|old| old.as_object().unwrap()) {
                if !fields.contains_key(field) && field != "updatedAt" {
                    let stays = with_object_operations(&webhook[field]) == with_object_operations(value);
                    assert!(stays, "{name} {field}: not named, and changed");
                }
            }
        }
    }
}

/// The short form of an operation means the same as the object, and is sent as the object.
fn with_object_operations(mappings: &Value) -> String {
    mappings.to_string().replace(r#""operation":"create""#, r#""operation":{"type":"create"}"#)
}

/// Whether a stored field is as it is declared.
fn holds(field: &str, declared: &Value, stored: &Value) -> bool {
    let is_empty = |value: &Value| {
        value.is_null()
            || value.as_array().is_some_and(Vec::is_empty)
            || value.as_object().is_some_and(Map::is_empty)
    };
    match (field, declared) {
        (_, declared) if is_empty(declared) && field != "security" => is_empty(stored),
        ("events", declared) => {
            let set = |value: &Value| -> BTreeSet<String> {
                value.as_array().unwrap().iter().map(|event| event.as_str().unwrap().to_owned()).collect()
            };
            set(declared) == set(stored)
        }
        ("mappings", declared) => with_object_operations(declared) == with_object_operations(stored),
        ("security", Value::Null) => is_empty(stored),
        ("security", Value::Object(members)) => members
            .iter()
            .all(|(name, value)| resolved(value) == stored.get(name).cloned().unwrap_or_default()),
        ("headers", Value::Object(headers)) => {
            let wanted: Map<_, _> =
                headers.iter().map(|(name, value)| (name.clone(), resolved(value))).collect();
            stored == &Value::Object(wanted)
        }
        (_, declared) => declared == stored,
    }
}

fn applies(mut case: Case, profile: Profile) {
    let world = case.start(profile);
    let before = world.fake.webhooks();
    case.run(&world).done();
    case.check(&before, &world);
    let writes = world.writes();
    let told = case.run(&world).done();
    assert!(told.starts_with("plan: 0 to create, 0 to change, 0 to delete, "), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    assert_eq!(world.writes(), writes, "the second time nothing is sent");
}

/// Runs until one succeeds. Each that fails says so, and takes nothing back.
fn applies_in_the_end(mut case: Case, profile: Profile, seed: u64) {
    let world = case.start(profile);
    let before = world.fake.webhooks();
    let plan = FaultPlan::seeded(seed).share(0.4).faults([
        Fault::status(503),
        Fault::status(500),
        Fault::dropped(),
        Fault::dropped().applied(),
        Fault::broken_body(7, Ending::Reset),
        Fault::status(502).text("text/html", "<h1>Bad gateway</h1>").applied(),
    ]);
    world.fake.follow(plan);
    for _ in 0..200 {
        let written = world.fake.ledger().len();
        let ran = case.run(&world);
        if ran.code == Some(0) {
            world.fake.clear_faults();
            case.check(&before, &world);
            let told = case.run(&world).done();
            assert!(told.starts_with("plan: 0 to create, 0 to change, 0 to delete, "), "{told}");
            return;
        }
        assert!(matches!(ran.code, Some(9 | 10)), "{ran:#?}");
        assert!(ran.err.contains("error: "), "{ran:#?}");
        if let Some(done) = ran.err.lines().find_map(|line| line.strip_prefix("done: ")) {
            assert!(ran.err.contains("\nnot done: "), "{ran:#?}");
            let said = if done == "nothing" { 0 } else { done.split(", ").count() };
            let doubt = usize::from(ran.err.contains("unknown: "));
            let applied: BTreeSet<String> =
                world.fake.ledger().split_off(written).into_iter().map(|write| write.identifier).collect();
            assert!((said..=said + doubt).contains(&applied.len()), "{ran:#?} {applied:?}");
        }
    }
    panic!("it is never done");
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn subscriptions_become_what_files_say(case in case(subscription)) {
        applies(case, Profile::Documented);
    }

    #[test]
    fn data_sources_become_what_files_say(case in case(data_source)) {
        applies(case, Profile::Live);
    }
}

proptest! {
    #![proptest_config(config(12))]

    #[test]
    fn they_do_in_the_end_whatever_goes_wrong(case in case(subscription), seed in any::<u64>()) {
        applies_in_the_end(case, Profile::Documented, seed);
    }
    #[test]
    fn data_sources_do_in_the_end_as_well(case in case(data_source), seed in any::<u64>()) {
        applies_in_the_end(case, Profile::Live, seed);
    }
}
