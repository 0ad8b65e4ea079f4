//! How long it takes to stream a list whose pages come after a while, and how much memory, in one run.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin paging`

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use port_webhooks::{Client, Error};
use port_webhooks_benches::{Aim, Report, Row, Table, timed};
use tokio::runtime::Builder;

const PER_PAGE: usize = 100;
const LATENCY: Duration = Duration::from_millis(20);
const WEBHOOKS: usize = 100 * PER_PAGE;
const ROUNDS: usize = 7;
/// Pages under way, and how many times faster than one at a time a later stream is to be at least.
const UNDER_WAY: [(usize, Option<f64>); 3] = [(1, None), (4, Some(3.8)), (8, Some(7.5))];
/// How much more memory ten times as many webhooks may take, in KiB: some pages that happen to be there at once.
const GROWTH: f64 = 1024.0;

/// Answers every request with the page that it asks for; with the last one, which is empty, beyond the end.
fn answer(stream: TcpStream, pages: &[String], latency: Duration) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        let page = line.split_once("?page=").map_or("1", |(_, rest)| rest);
        let page: usize = page.split(['&', ' ']).next().and_then(|page| page.parse().ok()).unwrap_or(1);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
        }
        line.clear();
        #[allow(clippy::disallowed_methods)] // what is measured
        thread::sleep(latency);
        stream.get_mut().write_all(pages[(page - 1).min(pages.len() - 1)].as_bytes())?;
    }
    Ok(())
}

/// A page of webhooks as Port's documentation shows them.
fn response(page: usize, webhooks: usize) -> String {
    let start = ((page - 1) * PER_PAGE).min(webhooks);
    let mut body = r#"{"ok":true,"webhooks":["#.to_owned();
    for number in start..(start + PER_PAGE).min(webhooks) {
        let comma = if number == start { "" } else { "," };
        let _ = write!(
            body,
            concat!(
                r#"{}{{"identifier":"entity-updated-webhook-{}","title":"Entity Updated Notifications","#,
                r#""url":"https://api.example.com/webhooks/port","events":["entity.created","entity.updated"],"#,
                r#""headers":{{"Content-Type":"application/json"}},"enabled":true,"#,
                r#""createdAt":"2024-01-15T10:30:00Z","updatedAt":"2024-01-15T10:30:00Z"}}"#,
            ),
            comma, number
        );
    }
    body.push_str("]}");
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Serves so many webhooks, each connection on a thread of its own: timers of an asynchronous runtime go by whole
/// milliseconds, which is too coarse for this.
fn serve(webhooks: usize, latency: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    // Written before anything is measured, since the server shares the processors with the client.
    let pages: Arc<[String]> = (1..=webhooks / PER_PAGE + 1).map(|page| response(page, webhooks)).collect();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let pages = Arc::clone(&pages);
            thread::spawn(move || answer(stream, &pages, latency));
        }
    });
    Ok(address)
}

fn client(address: SocketAddr) -> Result<Client, Error> {
    Client::builder().access_token("an-access-token").base_url(format!("http://{address}")).build()
}

/// Streams everything.
async fn stream(client: &Client, under_way: usize, webhooks: usize) -> Result<(), Error> {
    let mut all = client.webhooks().list().stream().prefetch(under_way);
    let mut count = 0;
    while all.try_next().await?.is_some() {
        count += 1;
    }
    assert_eq!(count, webhooks);
    Ok(())
}

/// Seconds that the first stream of a client takes, and a later one.
fn time(address: SocketAddr, under_way: usize) -> Result<[f64; 2], Box<dyn std::error::Error>> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let client = client(address)?;
    let mut times = [0.0; 2];
    for time in &mut times {
        let (streamed, seconds) = timed(|| runtime.block_on(stream(&client, under_way, WEBHOOKS)));
        streamed?;
        *time = seconds;
    }
    Ok(times)
}

fn speed() -> Result<Vec<Table>, Box<dyn std::error::Error>> {
    let address = serve(WEBHOOKS, LATENCY)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = Vec::new();
        for (under_way, _) in UNDER_WAY {
            round.push(time(address, under_way)?);
        }
        rounds.push(round);
    }
    let mut tables = Vec::new();
    for (which, name) in ["the first stream of a client", "later streams"].into_iter().enumerate() {
        let title = format!("100 pages of 100 webhooks, each after 20 ms: {name}");
        let mut table = Table::new(title, "the best of 7 rounds; the ratio is how many times as fast");
        for (at, (under_way, aim)) in UNDER_WAY.into_iter().enumerate() {
            let best = |at: usize| rounds.iter().map(|round| round[at][which]).fold(f64::INFINITY, f64::min);
            let row = Row::new(format!("{under_way} under way"), best(at), "s").ratio(best(0) / best(at));
            table.rows.push(row.aim(aim.filter(|_| which == 1).map(Aim::RatioAtLeast)));
        }
        tables.push(table);
    }
    Ok(tables)
}

/// The most memory that a client holds while it streams. The server is on other threads, which are not counted.
fn peak(webhooks: usize, under_way: usize) -> Result<f64, Box<dyn std::error::Error>> {
    let address = serve(webhooks, Duration::ZERO)?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let client = client(address)?;
    let mut result = Ok(());
    let counted =
        allocation_counter::measure(|| result = runtime.block_on(stream(&client, under_way, webhooks)));
    result?;
    Ok(counted.bytes_max as f64 / 1024.0)
}

fn memory() -> Result<Table, Box<dyn std::error::Error>> {
    let mut table = Table::new("the most memory that a stream holds", "");
    for (under_way, _) in UNDER_WAY {
        let (short, long) = (peak(10_000, under_way)?, peak(100_000, under_way)?);
        table.rows.push(Row::new(format!("{under_way} under way, 10,000 webhooks"), short, "KiB"));
        let row = Row::new(format!("{under_way} under way, 100,000 webhooks"), long, "KiB");
        table.rows.push(row.aim(Aim::AtMost((short + GROWTH).round())));
    }
    Ok(table)
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut report = Report::new("paging");
    for table in speed()? {
        report.add(table);
    }
    report.add(memory()?);
    Ok(report.finish())
}
