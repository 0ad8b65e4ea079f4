//! What the fake costs a test, and what it does as a server against a bare axum that answers the same bytes, in one
//! run. Linux only.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin fake`

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::{Router, routing};
use fake_port::{FakePort, Recording};
use port_webhooks_benches::load::{self, Load};
use port_webhooks_benches::served::{self, Served};
use port_webhooks_benches::{Aim, Report, Row, Table, quantile, timed};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

type Fallible<T> = Result<T, Box<dyn Error>>;

const STARTS: usize = 401;
const ROUNDS: usize = 61;
/// As many requests are one turn.
const TURN: usize = 1_600;
const MANY: usize = 1_000_000;

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

fn webhooks() -> impl Iterator<Item = Value> {
    (0..25).map(|number| {
        json!({
            "identifier": format!("webhook-{number}"),
            "title": format!("Webhook {number}"),
            "url": "https://api.example.com/webhooks/port",
            "events": ["entity.created", "entity.updated"],
            "headers": { "X-API-Key": "key" },
            "security": { "secret": "your-webhook-secret" },
        })
    })
}

/// As a test has it: all on its own thread.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn address(port: &FakePort) -> Fallible<SocketAddr> {
    Ok(port.uri().trim_start_matches("http://").parse()?)
}

/// From nothing to the first byte of an answer.
fn start(serve: bool) -> Fallible<Table> {
    let title = if serve { "served: start to first answer" } else { "in process: start to first answer" };
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let (ended, seconds) = timed(|| -> Fallible<_> {
            let runtime = runtime()?;
            let port = runtime.block_on(async {
                let builder = FakePort::builder();
                let port = if serve { builder.serve().await } else { builder.start().await }?;
                let mut stream = TcpStream::connect(address(&port)?).await?;
                stream.write_all(&request("/v1/webhooks", &port.issue_token())).await?;
                stream.read_u8().await?;
                Fallible::Ok(port)
            })?;
            Ok((runtime, port))
        });
        // To stop is not part of it.
        drop(ended?);
        times.push(seconds * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let mut table = Table::new(title, "lower quartile of 401 starts, each with a runtime of its own");
    let row = Row::new("runtime, fake, connection, request, answer", quantile(&times, 0.25), "ms");
    table.rows.push(row.iqr(&times).aim(Aim::AtMost(1.0)));
    Ok(table)
}

/// A server under load.
struct Subject {
    name: &'static str,
    served: Served,
    load: Load,
    times: Vec<f64>,
    cpu: f64,
}

impl Subject {
    fn new(name: &'static str, server: &str) -> Fallible<Self> {
        let served = Served::start(server)?;
        let load = Load::open(served.address)?;
        Ok(Self { name, served, load, times: Vec::with_capacity(ROUNDS), cpu: 0.0 })
    }

    fn turn(&mut self, path: &str) -> Fallible<()> {
        let request = request(path, &self.served.word);
        let before = self.served.cpu()?;
        let (sent, seconds) = timed(|| self.load.send(&request, TURN));
        sent?;
        self.cpu += self.served.cpu()? - before;
        self.times.push(seconds / TURN as f64);
        Ok(())
    }
}

/// Requests in a second, and the time that the server computed for each.
fn throughput(what: &str, path: &str) -> Fallible<[Table; 2]> {
    let mut subjects = [Subject::new("bare axum", "axum")?, Subject::new("served fake", "fake")?];
    for subject in &mut subjects {
        subject.load.send(&request(path, &subject.served.word), TURN)?;
    }
    for round in 0..ROUNDS {
        for turn in 0..subjects.len() {
            // Nobody is always after the same one.
            subjects[(turn + round) % 2].turn(path)?;
        }
    }
    let note = "16 connections, each server on one thread; lower quartiles of 61 rounds in turns";
    let mut rates = Table::new(format!("requests per second, {what}"), note);
    let mut costs = Table::new(format!("computed by the server for each, {what}"), "over all rounds");
    let cost = |subject: &Subject| subject.cpu / (ROUNDS * TURN) as f64;
    let base_cost = cost(&subjects[0]);
    let mut base_time = None;
    for subject in &mut subjects {
        subject.times.sort_by(f64::total_cmp);
        let time = quantile(&subject.times, 0.25);
        let base_time = *base_time.get_or_insert(time);
        let aim = (subject.name == "served fake").then_some(Aim::RatioAtLeast(0.8));
        let row = Row::new(subject.name, 1.0 / time, "/s").ratio(base_time / time);
        rates.rows.push(row.iqr(&subject.times).aim(aim));
        let cost = cost(subject);
        costs.rows.push(Row::new(subject.name, cost * 1e6, "µs").ratio(cost / base_cost));
    }
    Ok([rates, costs])
}

/// What a million requests leave behind.
fn memory() -> Fallible<Table> {
    let note = "the most that was held, less what was held after the first requests";
    let mut table = Table::new("memory for each of 1,000,000 requests to the served fake", note);
    for (name, server) in [("nothing recorded", "fake"), ("the last 1,000 recorded", "recording fake")] {
        let served = Served::start(server)?;
        let mut load = Load::open(served.address)?;
        let paths = [ONE, TEN].map(|path| request(path, &served.word));
        for path in &paths {
            load.send(path, 16)?;
        }
        let before = served.memory("VmRSS")?;
        for turn in 0..MANY / TURN {
            load.send(&paths[turn % 2], TURN)?;
        }
        let held = served.memory("VmHWM")? - before;
        table.rows.push(Row::new(name, held / MANY as f64, "bytes").aim(Aim::AtMost(100.0)));
    }
    Ok(table)
}

/// Serves until the input ends.
fn serve(name: &str) -> Fallible<()> {
    runtime()?.block_on(async {
        if name == "axum" {
            return serve_axum().await;
        }
        let recording = if name == "fake" { Recording::Off } else { Recording::Last(1_000) };
        let port = FakePort::builder().webhooks(webhooks()).record(recording).serve().await?;
        served::announce(address(&port)?, &port.issue_token());
        std::future::pending().await
    })
}

/// The answers of the fake, and nothing behind them.
async fn serve_axum() -> Fallible<()> {
    let port = FakePort::builder().webhooks(webhooks()).start().await?;
    let answer = |path| load::ask(address(&port)?, &request(path, &port.issue_token())).map_err(Into::into);
    let (one, ten): (Fallible<Vec<u8>>, Fallible<Vec<u8>>) = (answer(ONE), answer(TEN));
    let route = |body: Vec<u8>| {
        let body = Bytes::from(body);
        routing::get(async move || {
            let headers = [
                (CONTENT_TYPE.as_str(), "application/json; charset=utf-8"),
                ("x-trace-id", "fake-trace-000001"),
            ];
            (headers, body.clone())
        })
    };
    let router =
        Router::new().route("/v1/webhooks/{identifier}", route(one?)).route("/v1/webhooks", route(ten?));
    drop(port);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    served::announce(listener.local_addr()?, "token");
    Ok(axum::serve(listener, router).await?)
}

fn main() -> Fallible<ExitCode> {
    if let Some(name) = served::wanted() {
        serve(&name)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut report = Report::new("fake");
    report.add(start(false)?);
    report.add(start(true)?);
    for (what, path) in [("one webhook", ONE), ("a list of ten", TEN)] {
        for table in throughput(what, path)? {
            report.add(table);
        }
    }
    report.add(memory()?);
    Ok(report.finish())
}
