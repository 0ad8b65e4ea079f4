//! The guard on a real Redis, which each test starts for itself. Where there is none, the tests say so and
//! pass.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use port_webhooks_receiver::{Admission, OnStoreError, RedisStore, ReplayGuard, Signer, Verifier};
use redis::AsyncCommands as _;

/// A Redis of its own, which keeps nothing on disk and ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// `None`, and a word about it, where there is no Redis.
    fn start() -> Option<Self> {
        // Another may take the port between its choice and its use.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            match Self::start_on(port) {
                Some(Ok(server)) => return Some(server),
                Some(Err(())) => {}
                None => {
                    assert!(
                        std::env::var_os("PORT_WEBHOOKS_NEEDS_REDIS").is_none(),
                        "there is no redis-server here"
                    );
                    // Not by `eprintln`, which the tests hold back.
                    let _ = std::io::stderr().write_all(b"skipped: there is no redis-server here\n");
                    return None;
                }
            }
        }
        panic!("redis-server does not start");
    }

    fn start_on(port: u16) -> Option<Result<Self, ()>> {
        let child = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = child.ok()?;
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        if lines.any(|line| line.contains("Ready to accept connections")) {
            // What else it says has to go somewhere.
            std::thread::spawn(move || lines.for_each(drop));
            return Some(Ok(Self { child, port }));
        }
        child.wait().unwrap();
        Some(Err(()))
    }

    fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn stop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn guard(server: &Server) -> ReplayGuard {
    ReplayGuard::new(RedisStore::new(&server.address()).unwrap())
}

async fn admit(guard: &ReplayGuard, body: &str) -> Result<Admission, port_webhooks_receiver::StoreError> {
    let headers = Signer::body("s").build().unwrap().sign(body.as_bytes());
    let verifier = Verifier::body("s").build().unwrap();
    guard.admit(&verifier.verify(&headers, body.as_bytes()).unwrap()).await
}

async fn connect(server: &Server) -> redis::aio::MultiplexedConnection {
    redis::Client::open(server.address()).unwrap().get_multiplexed_async_connection().await.unwrap()
}

#[tokio::test]
async fn replicas_that_share_a_redis_handle_each_delivery_once() {
    let Some(server) = Server::start() else { return };
    let (one, other) = (guard(&server), guard(&server));
    let Admission::Fresh(claim) = admit(&one, "{}").await.unwrap() else { panic!() };
    let Admission::InFlight { retry_after } = admit(&other, "{}").await.unwrap() else { panic!() };
    assert!((1..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
    claim.complete().await.unwrap();
    for guard in [&one, &other] {
        assert!(matches!(admit(guard, "{}").await.unwrap(), Admission::Replayed));
        assert!(matches!(admit(guard, "{ }").await.unwrap(), Admission::Fresh(_)));
    }
    let apart = ReplayGuard::new(RedisStore::new(&server.address()).unwrap().prefix("apart:"));
    assert!(
        matches!(admit(&apart, "{}").await.unwrap(), Admission::Fresh(_)),
        "another prefix is another store"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_is_fresh() {
    let Some(server) = Server::start() else { return };
    for round in 0..20 {
        of_many_one_is_fresh(&server, format!(r#"{{"round":{round}}}"#)).await;
    }
}

/// While a secret is replaced, a delivery is known by two keys.
async fn of_many_one_is_fresh(server: &Server, body: String) {
    let verifier = Verifier::body("s").secret("new").build().unwrap();
    let headers = Signer::body("s").build().unwrap().sign(body.as_bytes());
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let guard = guard(server);
            let (verifier, headers, body) = (verifier.clone(), headers.clone(), body.clone());
            tokio::spawn(async move {
                let verified = verifier.verify(&headers, body.as_bytes()).unwrap();
                match guard.admit(&verified).await.unwrap() {
                    Admission::Fresh(claim) => claim.complete().await.map(|()| 1).unwrap(),
                    Admission::InFlight { .. } | Admission::Replayed => 0,
                }
            })
        })
        .collect();
    let mut handled = 0;
    for task in tasks {
        handled += task.await.unwrap();
    }
    assert_eq!(handled, 1);
}

#[tokio::test]
async fn what_fails_or_is_dropped_is_given_back() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    claim.release().await.unwrap();
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    drop(claim);
    // It is given back by a task of its own, which is not waited for.
    let mut connection = connect(&server).await;
    while !connection.keys::<_, Vec<String>>("*").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(matches!(admit(&guard, "{}").await.unwrap(), Admission::Fresh(_)));
}

#[tokio::test]
async fn reservations_and_memories_end_by_themselves() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server).remember(Duration::from_secs(1000));
    let mut connection = connect(&server).await;
    let Admission::Fresh(late) = admit(&guard, "{}").await.unwrap() else { panic!() };
    let keys: Vec<String> = connection.keys("*").await.unwrap();
    // It is named after no MAC: names show in logs, and with a MAC its delivery could be made again.
    let name = keys[0].strip_prefix("port-webhooks:").unwrap();
    let headers = Signer::body("s").build().unwrap().sign(b"{}");
    let mac = headers["x-port-signature"].to_str().unwrap().trim_start_matches("sha256=");
    assert!(keys.len() == 1 && name.len() == 64 && !name.contains(&mac[..16]), "{keys:?}");
    let left: i64 = connection.pttl(&keys[0]).await.unwrap();
    assert!((50_000..=60_000).contains(&left), "{left}");

    // As if the minute were over.
    let _: () = connection.del(&keys[0]).await.unwrap();
    let Admission::Fresh(next) = admit(&guard, "{}").await.unwrap() else { panic!() };
    late.release().await.unwrap();
    assert!(
        matches!(admit(&guard, "{}").await.unwrap(), Admission::InFlight { .. }),
        "it is the next one's now"
    );
    next.complete().await.unwrap();
    let left: i64 = connection.pttl(&keys[0]).await.unwrap();
    assert!((990_000..=1_000_000).contains(&left), "{left}");
}

#[tokio::test]
async fn without_its_redis_a_guard_refuses_or_lets_through_and_recovers_with_it() {
    let Some(mut server) = Server::start() else { return };
    let guard = guard(&server);
    let open = guard.clone().on_store_error(OnStoreError::LetThrough);
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    server.stop();
    assert!(claim.complete().await.is_err());
    assert!(admit(&guard, "{}").await.is_err());
    let Admission::Fresh(claim) = admit(&open, "{}").await.unwrap() else { panic!() };
    assert!(claim.release().await.is_err());

    let Some(Ok(_server)) = Server::start_on(server.port) else { panic!("the port was taken") };
    // It connects again when it is asked; the first answer may still be that of the old connection.
    let mut answers = 0;
    while admit(&guard, "{}").await.is_err() {
        answers += 1;
        assert!(answers < 1000, "it does not come back");
        tokio::task::yield_now().await;
    }
}

/// A guard at an address where nobody answers is as one that is down. No Redis is needed for this.
#[tokio::test]
async fn an_address_without_a_redis_is_an_error_and_no_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("redis://:hunter2@{}", listener.local_addr().unwrap());
    let store = RedisStore::new(&silent).unwrap().timeout(Duration::from_millis(50)).unwrap();
    let error = admit(&ReplayGuard::new(store), "{}").await.unwrap_err();
    let text = format!("{error} {:?} {error:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(!text.contains("hunter2"), "{text}");
    assert!(RedisStore::new("not an address").is_err());
}

#[test]
fn without_a_runtime_it_is_an_error_and_no_panic() {
    assert!(RedisStore::new("redis://127.0.0.1:1").is_err());
}
