//! A body over the limit is read up to the limit, and held no longer. A stream remembers little of each webhook.

use std::process::Command;

use fake_port::Script;
use port_webhooks::ErrorKind;
use port_webhooks_receiver::{Signer, Verifier};

use crate::support::pages::{PageServer, page};
use crate::support::{client_at, play};

const LIMIT: usize = 1024 * 1024;
/// What lies between the two sides: buffers of the sockets.
const BETWEEN: u64 = 16 * 1024 * 1024;

/// A body without end in pieces of 16 KiB: in small ones a test takes long.
fn endless() -> Script {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    Script::new().receive().send(head).send_forever(format!("4000\r\n{}\r\n", " ".repeat(16 * 1024)))
}

#[tokio::test]
async fn an_endless_body_ends_at_the_limit() {
    let server = play(endless()).await;
    let hooks = client_at(&server.uri()).max_response_body(LIMIT).build().unwrap().webhooks();
    let error = hooks.get("a").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
    assert!(server.bytes_sent() < LIMIT as u64 + BETWEEN, "{} bytes were sent", server.bytes_sent());
}

#[tokio::test]
async fn a_body_that_declares_too_much_is_not_read() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 109951162777600\r\n\r\n";
    let server = play(Script::new().receive().send(head).send_forever(" ".repeat(16 * 1024))).await;
    let hooks = client_at(&server.uri()).build().unwrap().webhooks();
    let error = hooks.get("a").await.unwrap_err();
    assert!(error.to_string().contains("larger than the limit"), "{error}");
    assert!(server.bytes_sent() < BETWEEN, "{} bytes were sent", server.bytes_sent());
}

/// Set in the process that the test below starts.
const MEASURE: &str = "PORT_WEBHOOKS_TEST_MEASURES_MEMORY";

/// The most memory that this process has had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn in_a_process_of_its_own() {
    if std::env::var_os(MEASURE).is_none() {
        return;
    }
    let server = play(endless()).await;
    let hooks = client_at(&server.uri()).max_response_body(LIMIT).build().unwrap().webhooks();
    hooks.get("a").await.unwrap_err();
    let before = peak();
    for _ in 0..50 {
        hooks.get("a").await.unwrap_err();
    }
    println!("grown by {} KiB", peak() - before);
}

#[test]
#[cfg(target_os = "linux")]
fn memory_is_flat_however_often_a_body_is_too_large() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "memory::in_a_process_of_its_own", "--nocapture"]).env(MEASURE, "yes");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (_, rest) = text.split_once("grown by ").unwrap_or_else(|| panic!("{text}"));
    let grown: usize = rest.split(' ').next().unwrap().parse().unwrap();
    // Fifty of them were read; one is held at a time.
    assert!(grown * 1024 < 8 * LIMIT, "{grown} KiB");
}

/// The most bytes that a client holds at a time, while it streams this many webhooks.
fn peak_of_a_stream(count: usize, prefetch: usize) -> u64 {
    let current_thread = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The server has its own thread, so what it takes is not counted.
    let (ready, uri) = std::sync::mpsc::channel();
    let (done, ended) = tokio::sync::oneshot::channel::<()>();
    let server = std::thread::spawn(move || {
        current_thread().block_on(async {
            let server = PageServer::start(move |number, _| async move {
                let start = (number as usize - 1) * 100;
                page(start.min(count)..(start + 100).min(count))
            });
            let server = server.await;
            ready.send(server.uri.clone()).unwrap();
            ended.await.unwrap();
        });
    });
    let uri = uri.recv().unwrap();
    let runtime = current_thread();
    let hooks = client_at(&uri).build().unwrap().webhooks();
    let held = allocation_counter::measure(|| {
        runtime.block_on(async {
            let mut all = hooks.list().stream().prefetch(prefetch);
            let mut brought = 0;
            while all.try_next().await.unwrap().is_some() {
                brought += 1;
            }
            assert_eq!(brought, count);
        });
    });
    done.send(()).unwrap();
    server.join().unwrap();
    held.bytes_max
}

#[test]
fn stream_takes_at_most_60_bytes_per_webhook() {
    for prefetch in [1, 4] {
        let [short, long] = [5_000, 50_000].map(|count| peak_of_a_stream(count, prefetch));
        println!("{short} bytes for 5,000 webhooks, {long} for 50,000, {prefetch} pages in flight");
        // And some pages that happen to be there at once.
        assert!(
            long < short + 45_000 * 60 + 1024 * 1024,
            "{long} bytes, and {short} for a tenth of the webhooks"
        );
    }
}

#[test]
fn verifying_a_large_body_copies_none_of_it() {
    let body = vec![b'x'; LIMIT];
    for (signer, verifier) in [
        (Signer::body("secret").build(), Verifier::body("secret").build()),
        (Signer::timestamped("secret").build(), Verifier::timestamped("secret").build()),
    ] {
        let (headers, verifier) = (signer.unwrap().sign(&body), verifier.unwrap());
        let held = allocation_counter::measure(|| assert!(verifier.verify(&headers, &body).is_ok()));
        assert!(held.bytes_total < 1000, "{} bytes", held.bytes_total);
    }
}
