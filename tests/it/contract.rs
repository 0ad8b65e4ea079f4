//! The contract holds together, and the fake keeps it: every answer validates, and a body is
//! accepted exactly when the schema accepts it.

use std::collections::BTreeSet;

use fake_port::{CreateStatus, FakePort, ListKey, Profile, Unverified, ValidationStatus};
use port_webhooks::WebhookPatch;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::support::{PAGE_URL, PROFILES, contract, fake_of, property};

/// A client without opinions.
struct Bare {
    http: reqwest::Client,
    fake: FakePort,
    token: String,
}

impl Bare {
    fn new(fake: FakePort) -> Self {
        let token = fake.issue_token();
        Self { http: reqwest::Client::new(), fake, token }
    }

    /// Sends a request and checks the answer against the contract.
    async fn send(&self, method: &str, template: &str, path: &str, body: Option<Vec<u8>>) -> (u16, Value) {
        self.send_as(&self.token, method, template, path, body).await
    }

    async fn send_as(
        &self,
        token: &str,
        method: &str,
        template: &str,
        path: &str,
        body: Option<Vec<u8>>,
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.fake.uri());
        let request = self.http.request(method.to_uppercase().parse().unwrap(), url).bearer_auth(token);
        let response = request.body(body.unwrap_or_default()).send().await.unwrap();
        let status = response.status().as_u16();
        // The contract says of a route which methods it has, and of each that another is a 405.
        let methods = contract::document()["paths"][template].as_object().unwrap().keys();
        let described = methods
            .filter(|known| *known == method || status == 405)
            .find_map(|method| contract::response(template, method, status))
            .unwrap_or_else(|| panic!("the contract knows no {status} of {method} {template}"));
        for (name, header) in &described.headers {
            let schema = contract::validator(&contract::resolve(header)["schema"]);
            match response.headers().get(name) {
                Some(value) => assert!(schema.is_valid(&json!(value.to_str().unwrap())), "{name}: {value:?}"),
                None => assert_ne!(name, "X-Trace-Id", "{method} {path} answered without a trace id"),
            }
        }
        let body: Value = response.json().await.unwrap();
        let errors: Vec<_> =
            described.body.unwrap().iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{status} of {method} {path}: {errors:?}\n{body:#}");
        (status, body)
    }
}

const ITEM: &str = "/v1/webhooks/{identifier}";
const LIST: &str = "/v1/webhooks";

fn valid_body(profile: Profile) -> Value {
    match profile {
        Profile::Live => json!({ "identifier": "a", "title": "A", "enabled": true }),
        _ => json!({ "identifier": "a", "url": PAGE_URL, "events": ["entity.created"] }),
    }
}

#[test]
fn every_example_is_valid() {
    let mut bodies = 0;
    let mut check = |place: &str, media_type: &Value| {
        let validator = contract::validator(&media_type["schema"]);
        let examples = media_type["examples"].as_object().unwrap_or_else(|| panic!("{place} has no example"));
        for (name, example) in examples {
            let value = &contract::resolve(example)["value"];
            let errors: Vec<_> = validator.iter_errors(value).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{place}, {name}: {errors:?}");
            bodies += 1;
        }
    };
    let mut each_operation = |place: String, operation: &Value| {
        if let Some(media_type) = operation.pointer("/requestBody/content/application~1json") {
            check(&place, media_type);
        }
        for (status, response) in operation["responses"].as_object().unwrap() {
            if let Some(media_type) = contract::resolve(response).pointer("/content/application~1json") {
                check(&format!("{place} {status}"), media_type);
            }
        }
    };
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            each_operation(format!("{method} {path}"), operation);
        }
    }
    for (name, operation) in contract::callbacks() {
        each_operation(name.to_owned(), operation);
    }
    assert!(bodies > 70, "only {bodies} examples were found");
}

#[test]
fn every_operation_schema_and_field_is_described() {
    fn check(place: &str, schema: &Value) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{place}.{name}");
            assert!(property["description"].is_string(), "{place} has no description");
            check(&place, property);
        }
        let members = ["oneOf", "anyOf", "allOf"].iter().filter_map(|part| schema[part].as_array()).flatten();
        let inner = [&schema["items"], &schema["additionalProperties"]]
            .into_iter()
            .filter(|inner| inner["type"].is_string());
        // A plain item or value is described by the list or map that it is in.
        let inner = inner.filter(|inner| inner["type"] == "object");
        for schema in members.chain(inner) {
            let described = schema["$ref"].is_string() || schema["description"].is_string();
            assert!(described, "a schema without a name in {place} has no description");
            check(place, schema);
        }
    }
    for (name, schema) in contract::document()["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name} has no description");
        check(name, schema);
    }
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap().iter().filter(|(key, _)| *key != "parameters") {
            assert!(operation["description"].is_string(), "{method} {path} has no description");
        }
    }
    for (name, operation) in contract::callbacks() {
        assert!(operation["description"].is_string(), "{name} has no description");
    }
}

#[tokio::test]
async fn every_answer_of_the_fake_validates() {
    for profile in PROFILES {
        for error_object in [false, true] {
            let unverified = Unverified { error_object, ..Unverified::default() };
            let fake = FakePort::builder().profile(profile).unverified(unverified).start().await.unwrap();
            every_answer_validates(Bare::new(fake), profile).await;
        }
    }
}

async fn every_answer_validates(bare: Bare, profile: Profile) {
    let body = || Some(valid_body(profile).to_string().into_bytes());
    let large = || Some(vec![b' '; 1024 * 1024 + 1]);
    let credentials = json!({ "clientId": bare.fake.client_id(), "clientSecret": bare.fake.client_secret() });
    let wrong = json!({ "clientId": "a", "clientSecret": "b" });
    let auth = "/v1/auth/access_token";
    let calls = [
        ("post", auth, auth, Some(credentials.to_string().into_bytes()), 200),
        ("post", auth, auth, Some(wrong.to_string().into_bytes()), 401),
        ("post", auth, auth, Some(b"{}".to_vec()), 422),
        ("post", auth, auth, large(), 413),
        ("get", LIST, LIST, None, 200),
        ("put", LIST, LIST, None, 405),
        ("post", ITEM, "/v1/webhooks/a", None, 405),
        ("post", LIST, LIST, body(), 201),
        ("post", LIST, LIST, body(), 409),
        ("post", LIST, LIST, Some(b"{}".to_vec()), 422),
        ("post", LIST, LIST, Some(b"{".to_vec()), 422),
        ("post", LIST, LIST, large(), 413),
        ("get", LIST, LIST, None, 200),
        ("get", ITEM, "/v1/webhooks/a", None, 200),
        ("get", "/v1/webhooks/metadata", "/v1/webhooks/metadata", None, 200),
        ("get", ITEM, "/v1/webhooks/b", None, 404),
        ("patch", ITEM, "/v1/webhooks/a", Some(br#"{"title":"B"}"#.to_vec()), 200),
        ("patch", ITEM, "/v1/webhooks/a", Some(br#"{"title":1}"#.to_vec()), 422),
        ("patch", ITEM, "/v1/webhooks/b", Some(b"{}".to_vec()), 404),
        ("patch", ITEM, "/v1/webhooks/a", large(), 413),
        ("put", ITEM, "/v1/webhooks/a", body(), 200),
        ("put", ITEM, "/v1/webhooks/a", Some(b"[]".to_vec()), 422),
        ("put", ITEM, "/v1/webhooks/b", body(), 404),
        ("put", ITEM, "/v1/webhooks/a", large(), 413),
        ("delete", ITEM, "/v1/webhooks/a", None, 200),
        ("delete", ITEM, "/v1/webhooks/a", None, 404),
    ];
    let sent: BTreeSet<(&str, &str)> =
        calls.iter().map(|(method, template, ..)| (*template, *method)).collect();
    for (path, item) in contract::document()["paths"].as_object().unwrap() {
        let methods = item.as_object().unwrap().keys().filter(|key| *key != "parameters");
        // Those of runs have tests of their own.
        for method in methods.filter(|_| !path.contains("/runs")) {
            assert!(
                sent.contains(&(path.as_str(), method.as_str())),
                "add calls of {method} {path} to this table"
            );
        }
    }
    for (method, template, path, body, expected) in calls {
        let (status, answer) = bare.send(method, template, path, body).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
        if template != auth && expected != 405 {
            let (status, _) = bare.send_as("nonsense", method, template, path, None).await;
            assert_eq!(status, 401, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn every_switch_keeps_to_the_contract() {
    let default = Unverified::default;
    let switches = [
        Unverified { create_status: CreateStatus::Ok, ..default() },
        Unverified { list_key: ListKey::Webhooks, ..default() },
        Unverified { list_key: ListKey::Items, ..default() },
        Unverified { rename: false, ..default() },
        Unverified { null_clears: false, ..default() },
        Unverified { reissue_token: false, ..default() },
        Unverified { patch_enables: true, ..default() },
    ];
    let auth = "/v1/auth/access_token";
    for (profile, unverified) in
        PROFILES.into_iter().flat_map(|profile| switches.map(|switch| (profile, switch)))
    {
        let fake = FakePort::builder().profile(profile).unverified(unverified).start().await.unwrap();
        let bare = Bare::new(fake);
        let body = || Some(valid_body(profile).to_string().into_bytes());
        let credentials =
            json!({ "clientId": bare.fake.client_id(), "clientSecret": bare.fake.client_secret() });
        assert_eq!(bare.send("post", auth, auth, Some(credentials.to_string().into_bytes())).await.0, 200);
        assert!(bare.send("post", LIST, LIST, body()).await.0 < 300);
        assert_eq!(bare.send("get", LIST, LIST, None).await.0, 200);
        assert_eq!(bare.send("get", "/v1/webhooks/metadata", "/v1/webhooks/metadata", None).await.0, 200);
        let renamed =
            bare.send("patch", ITEM, "/v1/webhooks/a", Some(br#"{"identifier":"b"}"#.to_vec())).await.0;
        assert_eq!(renamed, if unverified.rename { 200 } else { 422 });
        let refused = bare.send("get", LIST, "/v1/webhooks?page=0", None).await.0;
        assert_eq!(refused, if profile == Profile::Live { 200 } else { 422 });
    }
}

#[tokio::test]
async fn a_switch_makes_validation_a_400() {
    let unverified = Unverified { validation_status: ValidationStatus::BadRequest, ..Unverified::default() };
    let bare = Bare::new(FakePort::builder().unverified(unverified).start().await.unwrap());
    assert_eq!(bare.send("post", LIST, LIST, Some(b"{}".to_vec())).await.0, 400);
}

// --- a body is accepted exactly when the schema accepts it

fn text(most: usize) -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => "[a-z]{1,12}".prop_map(Value::from),
        1 => Just(json!("é".repeat(most))),
        1 => Just(json!("é".repeat(most + 1))),
        1 => Just(json!("")),
    ]
}

/// Mostly what a strategy gives, sometimes a value of another type.
fn mostly(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    let odd = select(vec![
        json!(null),
        json!(7),
        json!(true),
        json!([]),
        json!({}),
        json!("x"),
        json!([1]),
        json!({"x": 1}),
    ]);
    prop_oneof![19 => strategy, 1 => odd].boxed()
}

/// An object of some of the fields, now and then with one that does not belong.
fn object(fields: Vec<(&'static str, BoxedStrategy<Value>, bool)>) -> BoxedStrategy<Value> {
    let fields: Vec<_> = fields
        .into_iter()
        .map(|(name, value, needed)| {
            let present = prop::bool::weighted(if needed { 0.97 } else { 0.4 });
            (present, value).prop_map(move |(present, value)| present.then(|| (name.to_owned(), value)))
        })
        .collect();
    (fields, prop::bool::weighted(0.03))
        .prop_map(|(fields, stranger)| {
            let mut members: Map<String, Value> = fields.into_iter().flatten().collect();
            if stranger {
                members.insert("stranger".to_owned(), json!(1));
            }
            Value::Object(members)
        })
        .boxed()
}

fn list(item: BoxedStrategy<Value>, most: usize) -> BoxedStrategy<Value> {
    mostly(prop::collection::vec(item, 0..=most).prop_map(Value::from))
}

fn one_of(values: Vec<Value>) -> BoxedStrategy<Value> {
    mostly(select(values))
}

fn flag() -> BoxedStrategy<Value> {
    mostly(any::<bool>().prop_map(Value::from))
}

fn any_text() -> BoxedStrategy<Value> {
    mostly("[ -~]{0,12}".prop_map(Value::from))
}

fn url() -> BoxedStrategy<Value> {
    let urls = [
        "https://api.example.com/webhooks/port",
        "http://127.0.0.1:8080/x?y=z#f",
        "HTTPS://EXAMPLE.COM",
        "https://bücher.example/é",
        "https://u:p@example.com",
        "http://[::1]:3000/",
        "https://",
        "https:///path",
        "https:example.com",
        "ftp://example.com",
        "example.com",
        "/relative",
        "not a url",
        "",
        "https://exa mple.com",
        "https://example.com:99999",
        "http://[::1",
        "https://example.com/\n",
        " https://example.com",
        "https://\\example.com",
        "javascript:alert(1)",
    ];
    // The first six are taken; so that most bodies are not refused for the URL alone, they come often.
    let good = select(urls[..6].to_vec());
    let any = select(urls.to_vec());
    mostly(prop_oneof![5 => good, 1 => any].prop_map(Value::from))
}

fn events() -> BoxedStrategy<Value> {
    let known = select(port_webhooks::EventType::KNOWN).prop_map(|event| json!(event.as_str()));
    let event = prop_oneof![
        30 => known,
        1 => select(vec![json!("entity.exploded"), json!("Entity.created"), json!(""), json!(1)]),
    ];
    mostly(prop::collection::vec(event, 0..4).prop_map(Value::from))
}

fn headers() -> BoxedStrategy<Value> {
    let name = prop_oneof![
        20 => "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}",
        1 => select(vec!["X Bad", "", "Ünicode", "a:b", "a\n", "a(b"]).prop_map(str::to_owned),
    ];
    let value = prop_oneof![
        20 => "[ -~\té€]{0,12}".prop_map(Value::from),
        1 => select(vec![json!("a\nb"), json!("a\r"), json!("\u{0}"), json!("\u{7f}"), json!(1), json!(null)]),
    ];
    mostly(
        prop::collection::vec((name, value), 0..3)
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
    )
}

fn nullable(strategy: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    prop_oneof![4 => strategy, 1 => Just(Value::Null)].boxed()
}

fn subscription(whole: bool) -> BoxedStrategy<Value> {
    let secret = mostly("[a-z]{0,4}".prop_map(Value::from));
    let patchable = |strategy| if whole { strategy } else { nullable(strategy) };
    let security = object(vec![("secret", if whole { secret } else { nullable(secret) }, false)]);
    mostly(object(vec![
        ("identifier", mostly(text(30)), whole),
        ("title", patchable(mostly(text(30))), false),
        ("description", patchable(mostly(text(200))), false),
        ("url", url(), whole),
        ("events", events(), whole),
        ("headers", patchable(headers()), false),
        ("security", patchable(mostly(security)), false),
        ("enabled", flag(), false),
    ]))
}

fn query() -> BoxedStrategy<Value> {
    let rule = prop_oneof![9 => Just(json!({ "property": "a" })), 1 => Just(json!("a"))].boxed();
    object(vec![("combinator", any_text(), true), ("rules", list(rule, 2), true)])
}

fn jq_or_query() -> BoxedStrategy<Value> {
    prop_oneof![3 => any_text(), 1 => query()].boxed()
}

fn mapping() -> BoxedStrategy<Value> {
    let operation = one_of(vec![
        json!("create"),
        json!("delete"),
        json!({ "type": "create" }),
        json!({ "type": "delete" }),
        json!({ "type": "delete", "deleteDependents": true }),
        json!({ "type": "delete", "deleteDependents": 1 }),
        json!({ "type": "create", "deleteDependents": true }),
        json!("upsert"),
        json!({ "type": "update" }),
        json!("replace"),
        json!({}),
    ]);
    let entity = object(vec![
        ("identifier", jq_or_query(), true),
        ("title", any_text(), false),
        ("icon", any_text(), false),
        ("team", prop_oneof![3 => jq_or_query(), 1 => list(any_text(), 2)].boxed(), false),
        ("properties", one_of(vec![json!({}), json!({ "a": ".b", "c": { "d": 1 } })]), false),
        ("relations", one_of(vec![json!({})]), false),
    ]);
    let only_identifier = object(vec![("identifier", any_text(), true)]);
    mostly(object(vec![
        ("blueprint", any_text(), true),
        ("operation", operation, false),
        ("filter", any_text(), false),
        ("itemsToParse", any_text(), false),
        ("entity", mostly(prop_oneof![entity, only_identifier]), true),
    ]))
}

fn data_source(whole: bool) -> BoxedStrategy<Value> {
    let security = object(vec![
        ("secret", nullable(mostly("[a-z]{0,4}".prop_map(Value::from))), false),
        ("signatureHeaderName", nullable(any_text()), false),
        (
            "signatureAlgorithm",
            nullable(one_of(vec![json!("sha1"), json!("sha256"), json!("plain"), json!("md5")])),
            false,
        ),
        ("signaturePrefix", nullable(any_text()), false),
        ("requestIdentifierPath", nullable(any_text()), false),
    ]);
    mostly(object(vec![
        ("identifier", mostly(text(30)), false),
        ("title", mostly(text(30)), whole),
        ("description", mostly(text(200)), false),
        ("icon", any_text(), false),
        ("mappings", list(mapping(), 2), false),
        ("enabled", flag(), whole),
        ("security", mostly(security), false),
        ("integrationType", one_of(vec![json!("custom"), json!("template"), json!("other")]), false),
    ]))
}

/// Sends generated bodies to one operation of one profile, and compares the verdict of the fake
/// with that of the schema. Both verdicts have to turn up often.
fn same_verdict(profile: Profile, method: &'static str, schema: &str, bodies: &BoxedStrategy<Value>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bare = runtime.block_on(async { Bare::new(fake_of(profile).await) });
    // The fake serves on its own thread.
    let validator = contract::schema(schema);
    let fields = contract::document()["components"]["schemas"][schema]["properties"].as_object();
    let mut untried: BTreeSet<&String> = fields.into_iter().flat_map(|fields| fields.keys()).collect();
    let mut verdicts = [0, 0];
    property(500, bodies, async |body| {
        for webhook in bare.fake.webhooks() {
            let identifier = webhook["identifier"].as_str().unwrap();
            let mut path = url::Url::parse("http://a/v1/webhooks").unwrap();
            path.path_segments_mut().unwrap().push(identifier);
            bare.send("delete", ITEM, path.path(), None).await;
        }
        let template = if method == "post" { LIST } else { ITEM };
        let path = if method == "post" { LIST } else { "/v1/webhooks/target" };
        if method != "post" {
            let mut seed = valid_body(profile);
            seed["identifier"] = json!("target");
            bare.fake.seed(seed).unwrap();
        }
        let before = bare.fake.webhooks();
        let (status, answer) = bare.send(method, template, path, Some(body.to_string().into_bytes())).await;
        let accepted = status < 300;
        prop_assert!(accepted || status == 422, "{status}: {answer}");
        prop_assert_eq!(accepted, validator.is_valid(&body), "{} {}: {}", method, body, answer);
        if !accepted {
            prop_assert_eq!(before, bare.fake.webhooks(), "a refused request changed something");
        }
        verdicts[usize::from(accepted)] += 1;
        untried.retain(|name| body.get(name).is_none());
        Ok(())
    });
    assert!(verdicts.iter().all(|count| *count > 25), "a verdict hardly came: {verdicts:?}");
    assert!(untried.is_empty(), "no body of {schema} has {untried:?}: generate them in this test");
}

#[test]
fn a_subscription_is_created_exactly_when_the_schema_accepts_it() {
    same_verdict(Profile::Documented, "post", "NewSubscription", &subscription(true));
}

#[test]
fn a_data_source_is_created_exactly_when_the_schema_accepts_it() {
    same_verdict(Profile::Live, "post", "NewDataSource", &data_source(true));
}

#[test]
fn a_subscription_is_patched_exactly_when_the_schema_accepts_it() {
    same_verdict(Profile::Documented, "patch", "SubscriptionPatch", &subscription(false));
}

#[test]
fn a_data_source_is_patched_exactly_when_the_schema_accepts_it() {
    same_verdict(Profile::Live, "patch", "DataSourcePatch", &data_source(false));
}

#[test]
fn subscription_is_replaced_exactly_when_its_schema_accepts() {
    same_verdict(Profile::Documented, "put", "SubscriptionReplacement", &subscription(true));
}

#[test]
fn a_data_source_is_replaced_exactly_when_the_schema_accepts_it() {
    same_verdict(Profile::Live, "put", "DataSourceReplacement", &data_source(true));
}

#[test]
fn one_kind_is_refused_where_the_other_is_expected() {
    property(200, &(data_source(true), subscription(true)), async |(source, subscription)| {
        let [subscriptions, sources] = ["NewSubscription", "NewDataSource"].map(contract::schema);
        prop_assert!(!(subscriptions.is_valid(&source) && sources.is_valid(&source)));
        prop_assert!(!(subscriptions.is_valid(&subscription) && sources.is_valid(&subscription)));
        Ok(())
    });
}

#[test]
fn fields_of_a_webhook_are_those_of_the_contract() {
    let requests = ["NewSubscription", "SubscriptionPatch", "NewDataSource", "DataSourcePatch"];
    let named: BTreeSet<&str> = requests
        .iter()
        .flat_map(|name| {
            contract::document()["components"]["schemas"][*name]["properties"].as_object().unwrap().keys()
        })
        .map(String::as_str)
        .collect();
    assert_eq!(
        WebhookPatch::FIELDS.into_iter().collect::<BTreeSet<_>>(),
        named,
        "change WebhookPatch::FIELDS"
    );
}
