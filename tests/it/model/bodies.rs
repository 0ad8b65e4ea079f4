//! Bodies of writes: mostly good ones, now and then one with a single mistake.

use fake_port::Profile;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::port::Body;
use super::rules::Write;

type Values = BoxedStrategy<Value>;
type Field = BoxedStrategy<Option<(String, Value)>>;

/// A body without an identifier, unless that is the mistake.
pub fn body(profile: Profile, write: Write) -> BoxedStrategy<Body> {
    let (fields, mistakes) = match profile {
        Profile::Live => (data_source(write), source_mistakes()),
        _ => (subscription(write), subscription_mistakes()),
    };
    (object(fields), weighted(0.15, select(mistakes)))
        .prop_map(|(mut body, mistake)| {
            match mistake {
                Some((name, Some(value))) => drop(body.insert(name.to_owned(), value)),
                Some((name, None)) => drop(body.remove(name)),
                None => {}
            }
            body
        })
        .boxed()
}

pub fn title() -> BoxedStrategy<String> {
    select(vec!["", "Title", "Überschrift"]).prop_map(str::to_owned).boxed()
}

fn subscription(write: Write) -> Vec<Field> {
    let required = if write == Write::Update { sometimes } else { always };
    let nullable = |values| if write == Write::Update { or_null(values) } else { values };
    let headers = [json!({}), json!({ "X-A": "1" }), json!({ "X-A": "2", "x-b": "é" })];
    vec![
        required("url", one_of(["https://a.example", "http://b.example/x?y=z#1"])),
        required("events", one_of([json!(["entity.created"]), json!(["run.created", "run.updated"])])),
        sometimes("title", nullable(title().prop_map(Value::from).boxed())),
        sometimes("description", nullable(description())),
        sometimes("headers", nullable(one_of(headers))),
        sometimes("security", nullable(security(&["secret"], write))),
        sometimes("enabled", one_of([true, false])),
    ]
}

fn data_source(write: Write) -> Vec<Field> {
    let required = if write == Write::Update { sometimes } else { always };
    let members =
        ["secret", "signatureHeaderName", "signatureAlgorithm", "signaturePrefix", "requestIdentifierPath"];
    let mapping = json!({ "blueprint": "service", "entity": { "identifier": ".body.id" } });
    vec![
        required("title", title().prop_map(Value::from).boxed()),
        required("enabled", one_of([true, false])),
        sometimes("description", description()),
        sometimes("icon", one_of(["Alert", "Git"])),
        sometimes("mappings", one_of([json!([]), json!([mapping])])),
        sometimes("security", security(&members, write)),
        sometimes("integrationType", one_of(["custom", "template"])),
    ]
}

/// Members of `security`. That of the algorithm has few values; any text does for the others.
fn security(members: &[&str], write: Write) -> Values {
    let fields = members.iter().map(|member| {
        let values = match *member {
            "signatureAlgorithm" => one_of(["sha1", "sha256"]),
            _ => one_of(["one", "two"]),
        };
        sometimes(member, if write == Write::Update { or_null(values) } else { values })
    });
    object(fields.collect()).prop_map(Value::Object).boxed()
}

/// A field with its wrong value, or without one that it must have.
type Mistake = (&'static str, Option<Value>);

fn mistakes_of_both() -> Vec<Mistake> {
    vec![
        ("identifier", Some(json!("x".repeat(31)))),
        ("identifier", Some(Value::Null)),
        ("title", Some(json!("x".repeat(31)))),
        ("description", Some(json!("x".repeat(201)))),
        ("enabled", Some(json!("yes"))),
        ("enabled", Some(Value::Null)),
        ("security", Some(json!({ "surprise": "x" }))),
        ("surprise", Some(json!(true))),
    ]
}

fn subscription_mistakes() -> Vec<Mistake> {
    let mut mistakes = mistakes_of_both();
    mistakes.extend([
        ("url", None),
        ("url", Some(json!("a.example"))),
        ("events", None),
        ("events", Some(json!([]))),
        ("events", Some(json!(["entity.created", "entity.exploded"]))),
        ("headers", Some(json!({ "a b": "x" }))),
        ("security", Some(json!({ "secret": "" }))),
        ("icon", Some(json!("Alert"))),
    ]);
    mistakes
}

fn source_mistakes() -> Vec<Mistake> {
    let mut mistakes = mistakes_of_both();
    mistakes.extend([
        ("title", None),
        ("title", Some(Value::Null)),
        ("enabled", None),
        ("security", Some(Value::Null)),
        ("security", Some(json!({ "signatureAlgorithm": "md5" }))),
        ("integrationType", Some(json!("homemade"))),
        ("url", Some(json!("https://a.example"))),
        ("webhookKey", Some(json!("mine"))),
    ]);
    mistakes
}

fn description() -> Values {
    one_of([String::new(), "What it is for".to_owned(), "é".repeat(200)])
}

fn or_null(values: Values) -> Values {
    prop_oneof![2 => values, 1 => Just(Value::Null)].boxed()
}

fn one_of<const N: usize, V: Into<Value>>(values: [V; N]) -> Values {
    select(values.map(Into::into).to_vec()).boxed()
}

fn always(name: &str, values: Values) -> Field {
    let name = name.to_owned();
    values.prop_map(move |value| Some((name.clone(), value))).boxed()
}

fn sometimes(name: &str, values: Values) -> Field {
    prop_oneof![Just(None), always(name, values)].boxed()
}

fn object(fields: Vec<Field>) -> BoxedStrategy<Body> {
    fields.prop_map(|fields| fields.into_iter().flatten().collect()).boxed()
}
