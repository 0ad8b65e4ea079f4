//! The served fake against a bare axum that answers the same bytes, each with one thread, on 16 connections.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::{Router, routing};
use criterion::{Criterion, criterion_group, criterion_main};
use fake_port::{FakePort, Recording};
use port_webhooks_benches::load::{self, Load};
use serde_json::json;
use tokio::runtime::Builder;

/// A round on each connection.
const REQUESTS: usize = 16;
const ONE: &str = "/v1/webhooks/webhook-3";
const TEN: &str = "/v1/webhooks?page=1&per_page=10";

/// A request as clients send it.
fn request(path: &str, token: &str) -> Vec<u8> {
    let head = format!(
        "GET {path} HTTP/1.1\r\nauthorization: Bearer {token}\r\naccept: application/json\r\nuser-agent: bench/1.0\r\n\
         host: 127.0.0.1:4010\r\n\r\n"
    );
    head.into_bytes()
}

/// Runs a server on its own thread, for as long as the program runs, and returns its address and a token.
fn spawn<F: Future<Output = ()>>(
    serve: impl FnOnce(mpsc::Sender<(SocketAddr, String)>) -> F + Send + 'static,
) -> (SocketAddr, String) {
    let (ready, told) = mpsc::channel();
    thread::spawn(move || {
        Builder::new_current_thread().enable_all().build().unwrap().block_on(serve(ready));
    });
    told.recv().unwrap()
}

async fn serve_fake(ready: mpsc::Sender<(SocketAddr, String)>) {
    let webhooks = (0..25).map(|number| {
        json!({
            "identifier": format!("webhook-{number}"),
            "title": format!("Webhook {number}"),
            "url": "https://api.example.com/webhooks/port",
            "events": ["entity.created", "entity.updated"],
            "headers": { "X-API-Key": "key" },
            "security": { "secret": "your-webhook-secret" },
        })
    });
    let port = FakePort::builder().webhooks(webhooks).record(Recording::Off).serve().await.unwrap();
    let address = port.uri().trim_start_matches("http://").parse().unwrap();
    ready.send((address, port.issue_token())).unwrap();
    std::future::pending().await
}

/// The bodies of the fake, and nothing behind them.
async fn serve_axum(ready: mpsc::Sender<(SocketAddr, String)>, one: Vec<u8>, ten: Vec<u8>) {
    let route = |body: Vec<u8>| {
        let body = Bytes::from(body);
        routing::get(async move || {
            let kind = (CONTENT_TYPE.as_str(), "application/json; charset=utf-8");
            ([kind, ("x-trace-id", "fake-trace-000001")], body.clone())
        })
    };
    let router =
        Router::new().route("/v1/webhooks/{identifier}", route(one)).route("/v1/webhooks", route(ten));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    ready.send((listener.local_addr().unwrap(), "token".to_owned())).unwrap();
    axum::serve(listener, router).await.unwrap();
}

fn throughput(criterion: &mut Criterion) {
    let fake = spawn(serve_fake);
    let [one, ten] = [ONE, TEN].map(|path| load::ask(fake.0, &request(path, &fake.1)).unwrap());
    let axum = spawn(|ready| serve_axum(ready, one, ten));
    for (name, path) in [("one webhook", ONE), ("a list of ten", TEN)] {
        let mut group = criterion.benchmark_group(format!("16 requests for {name}"));
        for (server, (address, token)) in [("bare axum", &axum), ("served fake", &fake)] {
            let (mut load, request) = (Load::open(*address).unwrap(), request(path, token));
            group.bench_function(server, |bencher| {
                bencher.iter(|| load.send(&request, REQUESTS).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group!(benches, throughput);
criterion_main!(benches);
