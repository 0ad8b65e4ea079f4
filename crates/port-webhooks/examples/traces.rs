//! Exports the spans of a client, and sends their trace context with each request.
//!
//! ```console
//! $ cargo run -p port-webhooks --features trace-context --example traces
//! ```
//!
//! The collector is in memory. A service replaces `InMemorySpanExporter` by the exporter of `opentelemetry-otlp` with
//! `with_batch_exporter`, and `set_default` by `init`.

use fake_port::{FakePort, Fault, Route};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use port_webhooks::Client;
use tracing::Instrument as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let fake = FakePort::start().await;
    let port = Client::builder().credentials(fake.client_id(), fake.client_secret());
    let port = port.base_url(fake.uri()).build()?;
    fake.inject(Fault::status(503).on([Route::List]));
    for span in traced(&port).await? {
        println!("{} ({:?})", span.name, span.status);
        for attribute in span.attributes {
            println!("    {} = {}", attribute.key, attribute.value);
        }
    }
    for request in &fake.requests() {
        println!("{} {}: {:?}", request.method, request.path, request.header("traceparent"));
    }
    Ok(())
}

/// Makes calls in a span of the service, and returns the spans that a collector got.
pub(crate) async fn traced(port: &Client) -> Result<Vec<SpanData>, Box<dyn std::error::Error>> {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("my-service"));
    // `DEBUG` adds an event for each attempt and each wait.
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(LevelFilter::INFO));
    let guard = subscriber.set_default();

    let work = async {
        let webhooks = port.webhooks().list().query("include", "stats").await?;
        println!("{} webhooks", webhooks.webhooks.len());
        if let Err(error) = port.webhooks().get("audit").await {
            println!("{error}");
        }
        Ok::<_, port_webhooks::Error>(())
    };
    work.instrument(tracing::info_span!("report webhooks")).await?;

    drop(guard);
    provider.force_flush()?;
    Ok(exporter.get_finished_spans()?)
}
