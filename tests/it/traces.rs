//! The spans that a collector gets, and the trace context that a server gets.

use std::collections::{BTreeMap, HashMap};

use fake_port::{FakePort, Fault, Route};
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tracing::Instrument as _;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{client_of, record_with};

#[allow(dead_code)] // its `main`
#[path = "../../crates/port-webhooks/examples/traces.rs"]
mod example;

fn attributes(span: &SpanData) -> BTreeMap<&str, String> {
    let ours = |key: &str| {
        ["http.", "url.", "server.", "error.", "port.", "otel."].iter().any(|start| key.starts_with(start))
    };
    let pairs = span.attributes.iter().map(|pair| (pair.key.as_str(), pair.value.to_string()));
    pairs.filter(|(key, _)| ours(key)).collect()
}

fn traceparent(span: &SpanData) -> String {
    format!("00-{}-{}-01", span.span_context.trace_id(), span.span_context.span_id())
}

#[tokio::test]
async fn exported_spans_have_the_fields_of_http_clients() {
    let fake = FakePort::start().await;
    fake.inject(Fault::status(503).on([Route::List]));
    let port = client_of(&fake).build().unwrap();
    let spans = example::traced(&port).await.unwrap();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let [token, list, get, work] = &*spans else { panic!("{names:?}") };
    let expected = [
        "POST /v1/auth/access_token",
        "GET /v1/webhooks",
        "GET /v1/webhooks/{identifier}",
        "report webhooks",
    ];
    assert_eq!(names, expected);
    let uri = fake.uri();
    let (address, number) = uri.trim_start_matches("http://").split_once(':').unwrap();
    for (span, parent) in [(token, list), (list, work), (get, work)] {
        assert_eq!(span.span_kind, SpanKind::Client);
        assert_eq!(span.parent_span_id, parent.span_context.span_id());
        assert_eq!(span.span_context.trace_id(), work.span_context.trace_id());
        let found = attributes(span);
        assert_eq!((&*found["server.address"], &*found["server.port"]), (address, number));
    }
    assert_eq!((&token.status, &list.status), (&Status::Unset, &Status::Unset));
    assert!(matches!(get.status, Status::Error { .. }), "{:?}", get.status);
    let trace_id = attributes(get)["port.trace_id"].clone();
    let url = |path: &str| format!("{uri}{path}");
    let expected = [
        ("error.type", "NotFound".to_owned()),
        ("http.request.method", "GET".to_owned()),
        ("http.response.status_code", "404".to_owned()),
        ("port.operation", "get_webhook".to_owned()),
        ("port.trace_id", trace_id),
        ("port.webhook", "audit".to_owned()),
        ("server.address", address.to_owned()),
        ("server.port", number.to_owned()),
        ("url.full", url("/v1/webhooks/audit")),
        ("url.template", "/v1/webhooks/{identifier}".to_owned()),
    ];
    assert_eq!(attributes(get), expected.into());
    let found = attributes(list);
    assert_eq!((&*found["http.request.resend_count"], &*found["http.response.status_code"]), ("1", "200"));
    assert_eq!(found["url.full"], url("/v1/webhooks"), "without the query, which may have secrets");
    // Each attempt of a call sends the context of its span.
    let sent: Vec<_> =
        fake.requests().iter().map(|request| request.header("traceparent").unwrap().to_owned()).collect();
    assert_eq!(sent, [token, list, list, get].map(traceparent));
}

#[tokio::test]
async fn without_a_collector_no_trace_context_is_sent() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    port.webhooks().list().await.unwrap();
    assert!(fake.requests().iter().all(|request| request.header("traceparent").is_none()));
}

#[tokio::test]
async fn trace_of_a_caller_goes_on_with_its_state_and_flags() {
    let fake = FakePort::start().await;
    let port = client_of(&fake).build().unwrap();
    let provider = SdkTracerProvider::builder().build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    // Spans of the client are filtered out, so the current span is the caller's.
    let filter =
        tracing_subscriber::filter::filter_fn(|metadata| !metadata.target().starts_with("port_webhooks::"));
    let guard = record_with(tracing_subscriber::registry().with(filter).with(layer));
    let received = [
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
        ("tracestate", "vendor=value,other=1"),
    ];
    let received: HashMap<_, _> = received.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let context = TraceContextPropagator::new().extract(&received);
    let span = tracing::info_span!("handler");
    span.set_parent(context).unwrap();
    let calls = async {
        port.webhooks().list().await.unwrap();
        port.webhooks().list().header("Traceparent", "mine").await.unwrap();
    };
    calls.instrument(span).await;
    drop(guard);
    let requests = fake.requests();
    let (list, own) = (&requests[1], &requests[2]);
    let parent = list.header("traceparent").unwrap();
    assert!(
        parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && parent.ends_with("-00"),
        "{parent}"
    );
    assert!(
        !parent.contains("b7ad6b7169203331"),
        "the parent is the span of the caller, not the one before: {parent}"
    );
    assert_eq!(list.header("tracestate"), Some("vendor=value,other=1"));
    assert_eq!((own.header("traceparent"), own.header("tracestate")), (Some("mine"), None));
}
