//! How long it takes to stream a list whose pages come after a while, and how much memory, in one run.
//!
//! `cargo run --release --manifest-path benches/Cargo.toml --bin paging` prints two tables; with `--check` it fails
//! when an aim is missed. All are measured in turns, some rounds of them, and the best of each counts: whatever else
//! the machine does can only make it longer.

use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use port_webhooks::{Client, Error};
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
#[allow(clippy::disallowed_methods)] // time is what is measured
fn time(address: SocketAddr, under_way: usize) -> Result<[f64; 2], Box<dyn std::error::Error>> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let client = client(address)?;
    let mut times = [0.0; 2];
    for time in &mut times {
        let start = Instant::now();
        runtime.block_on(stream(&client, under_way, WEBHOOKS))?;
        *time = start.elapsed().as_secs_f64();
    }
    Ok(times)
}

fn speed() -> Result<bool, Box<dyn std::error::Error>> {
    let address = serve(WEBHOOKS, LATENCY)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut round = Vec::new();
        for (under_way, _) in UNDER_WAY {
            round.push(time(address, under_way)?);
        }
        rounds.push(round);
    }
    let pages = WEBHOOKS / PER_PAGE;
    println!(
        "{pages} pages of {PER_PAGE} webhooks, each after {} ms; the best of {ROUNDS} rounds",
        LATENCY.as_millis()
    );
    let mut met = true;
    for (which, name) in ["the first stream of a client", "later streams"].into_iter().enumerate() {
        println!("\n{name}");
        for (at, (under_way, aim)) in UNDER_WAY.into_iter().enumerate() {
            let best = |at: usize| rounds.iter().map(|round| round[at][which]).fold(f64::INFINITY, f64::min);
            let (seconds, ratio) = (best(at), best(0) / best(at));
            let aim = aim.filter(|_| which == 1).map_or_else(String::new, |aim| {
                met &= ratio >= aim;
                format!("  aim {aim:.1} {}", if ratio >= aim { "met" } else { "MISSED" })
            });
            println!("  {under_way} under way {seconds:>8.3} s {ratio:>6.2} times as fast{aim}");
        }
    }
    Ok(met)
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

fn memory() -> Result<bool, Box<dyn std::error::Error>> {
    println!("\nthe most memory that a stream holds, in KiB");
    let mut met = true;
    for (under_way, _) in UNDER_WAY {
        let (short, long) = (peak(10_000, under_way)?, peak(100_000, under_way)?);
        let is_met = long <= short + GROWTH;
        met &= is_met;
        println!(
            "  {under_way} under way {short:>8.0} for 10,000 webhooks {long:>8.0} for 100,000  aim {GROWTH} more at most {}",
            if is_met { "met" } else { "MISSED" }
        );
    }
    Ok(met)
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let check = std::env::args().any(|argument| argument == "--check");
    let met = speed()? & memory()?;
    println!("\n{}", if met { "every aim is met" } else { "an aim is missed" });
    Ok(if check && !met { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
