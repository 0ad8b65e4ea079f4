//! The guard on a real Redis, which each test starts for itself. Where there is none, the tests say so and
//! pass.

use std::collections::HashMap;
use std::error::Error as _;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use http::{Request, StatusCode};
use port_webhooks_receiver::{
    Admission, ConfigErrorKind, OnStoreError, Received, ReceiverLayer, RedisStore, ReplayGuard, Signer,
    StoreError, Verifier,
};
use redis::AsyncCommands as _;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use self::proxy::Proxy;
use self::server::Server;

mod proxy;
mod server;

/// A store that waits longer than a busy machine needs.
fn store(address: &str) -> RedisStore {
    RedisStore::new(address).unwrap().timeout(Duration::from_secs(20))
}

fn guard(server: &Server) -> ReplayGuard {
    guard_at(&server.address())
}

fn guard_at(address: &str) -> ReplayGuard {
    ReplayGuard::new(store(address))
}

async fn admit(guard: &ReplayGuard, body: &str) -> Result<Admission, StoreError> {
    let headers = Signer::body("s").build().unwrap().sign(body.as_bytes());
    let verifier = Verifier::body("s").build().unwrap();
    guard.admit(&verifier.verify(&headers, body.as_bytes()).unwrap()).await
}

/// Admits a body that must be fresh, and completes it.
async fn handle(guard: &ReplayGuard, body: &str) {
    match admit(guard, body).await.unwrap() {
        Admission::Fresh(claim) => claim.complete().await.unwrap(),
        other => panic!("{body}: {other:?}"),
    }
}

#[tokio::test]
async fn replicas_that_share_a_redis_handle_each_delivery_once() {
    let Some(server) = Server::start() else { return };
    let (one, other) = (guard(&server), guard(&server));
    let Admission::Fresh(claim) = admit(&one, "{}").await.unwrap() else { panic!() };
    let Admission::InFlight { retry_after } = admit(&other, "{}").await.unwrap() else { panic!() };
    assert!((1..=60).contains(&retry_after.as_secs()), "{retry_after:?}");
    claim.complete().await.unwrap();
    // A claim that is dropped is released later, so each guard gets another delivery.
    for (guard, another) in [(&one, "[1]"), (&other, "[2]")] {
        assert!(matches!(admit(guard, "{}").await.unwrap(), Admission::Replayed));
        assert!(matches!(admit(guard, another).await.unwrap(), Admission::Fresh(_)));
    }
    let apart = ReplayGuard::new(store(&server.address()).prefix("apart:"));
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
    // Its own task releases it; nobody waits for that task.
    let mut connection = server.connect().await;
    while !connection.keys::<_, Vec<String>>("*").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(matches!(admit(&guard, "{}").await.unwrap(), Admission::Fresh(_)));
}

#[tokio::test]
async fn reservations_and_memories_end_by_themselves() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server).remember(Duration::from_secs(1000));
    let mut connection = server.connect().await;
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
async fn guard_without_its_redis_refuses_or_lets_through() {
    let Some(mut server) = Server::start() else { return };
    let proxy = Proxy::of(server.port).await;
    let guard = guard_at(&proxy.address());
    let open = guard.clone().on_store_error(OnStoreError::LetThrough);
    handle(&guard, "{}").await;
    server.kill();
    assert!(admit(&guard, "{}").await.is_err());
    let Admission::Fresh(claim) = admit(&open, "{}").await.unwrap() else { panic!() };
    assert!(claim.release().await.is_err());
    // The first delivery after it is back is answered by it.
    server.restart();
    proxy.lead_to(server.port);
    handle(&guard, "{ }").await;
}

#[tokio::test]
async fn idle_connection_closed_by_redis_is_replaced() {
    let Some(server) = Server::start_with(&["--timeout", "1"]) else { return };
    let guard = guard(&server).on_store_error(OnStoreError::LetThrough);
    let mut watcher = server.connect().await;
    for round in 0..3 {
        handle(&guard, &format!("[{round}]")).await;
        // Redis closes it after a second; the watcher itself is never idle.
        while clients(&mut watcher).await > 1 {}
        let copy = admit(&guard, &format!("[{round}]")).await.unwrap();
        assert!(matches!(copy, Admission::Replayed), "{round}: {copy:?}");
    }
}

/// The number of connections that Redis has.
async fn clients(connection: &mut redis::aio::MultiplexedConnection) -> usize {
    let list: String = redis::cmd("CLIENT").arg("LIST").query_async(connection).await.unwrap();
    list.lines().count()
}

#[tokio::test]
async fn password_accepted_later_admits_the_next_delivery() {
    let Some(server) = Server::start() else { return };
    let mut admin = server.connect().await;
    let address = format!("redis://:p%40ss%2Fw%23rd@127.0.0.1:{}", server.port);
    let (guard, without) = (guard_at(&address), guard(&server));
    require(&mut admin, "another").await;
    for guard in [&guard, &without] {
        let error = admit(guard, "{}").await.unwrap_err();
        let text = format!("{error:#} {error:?}");
        assert!(!text.contains("w#rd") && !text.contains("w%23rd"), "{text}");
    }
    require(&mut admin, "p@ss/w#rd").await;
    handle(&guard, "{}").await;
    require(&mut admin, "").await;
    handle(&without, "{ }").await;
}

async fn require(admin: &mut redis::aio::MultiplexedConnection, password: &str) {
    let () = redis::cmd("CONFIG").arg(&["SET", "requirepass", password]).query_async(admin).await.unwrap();
}

#[tokio::test]
async fn full_redis_is_an_error_and_forgets_nothing() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    let mut admin = server.connect().await;
    handle(&guard, "{}").await;
    let () = redis::cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).query_async(&mut admin).await.unwrap();
    let error = admit(&guard, "{ }").await.unwrap_err();
    assert!(format!("{error:#}").contains("maxmemory"), "{error:#}");
    let () = redis::cmd("CONFIG").arg(&["SET", "maxmemory", "0"]).query_async(&mut admin).await.unwrap();
    assert!(matches!(admit(&guard, "{}").await.unwrap(), Admission::Replayed));
    handle(&guard, "{ }").await;
}

#[tokio::test]
async fn primary_that_became_a_replica_is_left() {
    let (Some(old), Some(new)) = (Server::start(), Server::start()) else { return };
    let proxy = Proxy::of(old.port).await;
    let guard = guard_at(&proxy.address());
    handle(&guard, "{}").await;
    let (mut admin, port) = (old.connect().await, new.port.to_string());
    let () = redis::cmd("REPLICAOF").arg(&["127.0.0.1", &port]).query_async(&mut admin).await.unwrap();
    proxy.lead_to(new.port);
    handle(&guard, "{ }").await;
}

#[tokio::test]
async fn silent_connection_is_replaced_after_a_timeout() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::of(server.port).await;
    let store = store(&proxy.address());
    // A clone shares the connection, and is not as patient.
    let hasty = ReplayGuard::new(store.clone().timeout(Duration::from_millis(300)));
    let guard = ReplayGuard::new(store);
    handle(&guard, "{}").await;
    proxy.silence();
    let error = admit(&hasty, "{}").await.unwrap_err();
    assert!(error.source().unwrap().to_string().ends_with("no answer within 300ms"), "{error:#}");
    assert!(matches!(admit(&guard, "{}").await.unwrap(), Admission::Replayed));
    assert_eq!(proxy.accepted(), 2);
}

#[tokio::test]
async fn connection_cut_while_a_delivery_is_handled_is_replaced() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::of(server.port).await;
    let guard = guard_at(&proxy.address());
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    proxy.cut();
    claim.complete().await.unwrap();
    assert!(matches!(admit(&guard, "{}").await.unwrap(), Admission::Replayed));
}

#[tokio::test]
async fn reservation_whose_reply_is_lost_is_fresh() {
    let Some(server) = Server::start() else { return };
    let proxy = Proxy::of(server.port).await;
    let guard = guard_at(&proxy.address());
    handle(&guard, "{}").await;
    proxy.lose_reply();
    handle(&guard, "{ }").await;
    proxy.lose_reply();
    assert!(matches!(admit(&guard, "{ }").await.unwrap(), Admission::Replayed));
    assert_eq!(proxy.accepted(), 3);
}

#[tokio::test]
async fn completing_is_retried_while_redis_restarts() {
    let Some(mut server) = Server::persistent() else { return };
    let proxy = Proxy::of(server.port).await;
    let guard = guard_at(&proxy.address());
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    server.kill();
    assert!(claim.complete().await.is_err());
    server.restart();
    proxy.lead_to(server.port);
    loop {
        match admit(&guard, "{}").await.unwrap() {
            Admission::InFlight { .. } => tokio::task::yield_now().await,
            Admission::Replayed => break,
            Admission::Fresh(_) => panic!("it would be handled twice"),
        }
    }
}

#[tokio::test]
async fn failed_delivery_is_released_after_redis_restarts() {
    let Some(mut server) = Server::persistent() else { return };
    let proxy = Proxy::of(server.port).await;
    let guard = guard_at(&proxy.address());
    let Admission::Fresh(claim) = admit(&guard, "{}").await.unwrap() else { panic!() };
    server.kill();
    drop(claim);
    server.restart();
    proxy.lead_to(server.port);
    // Without the retry it would stay reserved for a minute.
    while let Admission::InFlight { retry_after } = admit(&guard, "{}").await.unwrap() {
        assert!(retry_after > Duration::from_secs(15), "it is not released");
        tokio::task::yield_now().await;
    }
}

/// Deliveries that wait together share an attempt to connect, and there is a pause between two.
#[tokio::test]
async fn unreachable_redis_is_not_hammered() {
    let proxy = Proxy::of(0).await;
    let guard = guard_at(&proxy.address());
    let answers = join_all((0..1000).map(|at| {
        let guard = guard.clone();
        async move { admit(&guard, &format!("[{at}]")).await }
    }));
    assert!(answers.await.iter().all(Result::is_err));
    assert!((1..100).contains(&proxy.accepted()), "{}", proxy.accepted());
    let start = tokio::time::Instant::now();
    for _ in 0..5 {
        assert!(admit(&guard, "{}").await.is_err());
    }
    assert!(start.elapsed() >= Duration::from_millis(4 * 100), "{:?}", start.elapsed());
}

#[tokio::test]
async fn address_where_nothing_answers_is_an_error_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = format!("redis://:hunter2@{}", listener.local_addr().unwrap());
    let store = RedisStore::new(&silent).unwrap().timeout(Duration::from_millis(50));
    for error in [store.ping().await.unwrap_err(), admit(&ReplayGuard::new(store), "{}").await.unwrap_err()] {
        let text = format!("{error:#} {error:?}");
        assert!(!text.contains("hunter2") && text.contains("127.0.0.1"), "{text}");
    }
}

/// Deliveries that come while Redis does not answer do not queue up, each with its own attempt.
#[tokio::test]
async fn attempt_that_times_out_fails_for_all_who_wait() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let store = store(&format!("redis://{}", listener.local_addr().unwrap()));
    let hasty = store.clone().timeout(Duration::from_millis(50));
    for error in join_all([hasty.ping(), store.ping()]).await {
        let error = format!("{:#}", error.unwrap_err());
        assert!(!error.contains("20s"), "{error}");
    }
}

#[tokio::test]
async fn ping_says_whether_redis_answers() {
    let Some(mut server) = Server::start() else { return };
    let store = store(&server.address());
    store.ping().await.unwrap();
    server.kill();
    let error = store.ping().await.unwrap_err();
    assert!(format!("{error:#}").contains(&format!("127.0.0.1:{}", server.port)), "{error:#}");
}

#[test]
fn address_that_is_not_valid_is_a_configuration_error() {
    for (address, named) in [
        ("not an address", "redis://"),
        ("", "redis://"),
        ("http://127.0.0.1", "redis://"),
        ("redis://", "redis://"),
        ("redis://:hun/ter2@127.0.0.1", "percent-encode"),
        ("redis://user:hunter2#x@127.0.0.1", "percent-encode"),
        ("redis://user:hunter2@127.0.0.1/orders", "database"),
        ("redis://user:hunter2@127.0.0.1:99999", "redis://"),
        ("rediss://user:hunter2@127.0.0.1", "tokio-rustls-comp"),
        ("valkeys://user:hunter2@127.0.0.1", "tokio-rustls-comp"),
        ("REDISS://user:hunter2@127.0.0.1", "tokio-rustls-comp"),
    ] {
        let error = RedisStore::new(address).unwrap_err();
        assert_eq!(error.kind(), ConfigErrorKind::RedisAddress);
        let text = format!("{error} {error:?}");
        assert!(text.contains(named) && !text.contains("hun"), "{address}: {text}");
    }
}

#[test]
fn store_without_a_runtime_is_an_error_and_no_panic() {
    let store = RedisStore::new("redis://127.0.0.1:1").unwrap();
    assert!(store.ping().now_or_never().unwrap().is_err());
    assert!(admit(&ReplayGuard::new(store), "{}").now_or_never().unwrap().is_err());
}

/// The runtime on which a connection was opened has ended.
#[test]
fn store_is_used_on_one_runtime_after_another() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    for body in ["1", "2", "3"] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(handle(&guard, body));
    }
}

/// The user that the README creates may do what a store needs, and nothing that it does not need.
#[tokio::test]
async fn access_control_of_the_readme_suffices_and_is_needed() {
    let Some(server) = Server::start() else { return };
    let mut admin = server.connect().await;
    let line = include_str!("../../README.md").lines().find(|line| line.starts_with("ACL SETUSER")).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    let () = redis::cmd("ACL").arg(&words[1..]).query_async(&mut admin).await.unwrap();
    let address = format!("redis://webhooks:the-password@127.0.0.1:{}", server.port);
    use_everything(&address, "").await.unwrap();
    let commands: Vec<&str> = words.iter().filter_map(|word| word.strip_prefix('+')).collect();
    assert!(!commands.is_empty());
    for command in commands {
        for (sign, enough) in [("-", false), ("+", true)] {
            let rule = format!("{sign}{command}");
            let () =
                redis::cmd("ACL").arg(&["SETUSER", "webhooks", &rule]).query_async(&mut admin).await.unwrap();
            assert_eq!(use_everything(&address, &rule).await.is_ok(), enough, "{rule}");
        }
    }
    // Only keys with the prefix of the README.
    let elsewhere = ReplayGuard::new(store(&address).prefix("elsewhere:"));
    assert!(admit(&elsewhere, "{}").await.is_err());
}

/// Calls each method of the store, for each of its results.
async fn use_everything(address: &str, name: &str) -> Result<(), StoreError> {
    let store = store(address);
    store.ping().await?;
    let guard = ReplayGuard::new(store);
    let body = format!("{name:?}");
    for _ in 0..2 {
        let Admission::Fresh(claim) = admit(&guard, &body).await? else { panic!() };
        assert!(matches!(admit(&guard, &body).await?, Admission::InFlight { .. }));
        claim.release().await?;
    }
    let Admission::Fresh(claim) = admit(&guard, &body).await? else { panic!() };
    claim.complete().await?;
    assert!(matches!(admit(&guard, &body).await?, Admission::Replayed));
    Ok(())
}

const DELIVERIES: usize = 2000;

/// Two replicas, two copies of each delivery, and a Redis that is killed twice: each is handled once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deliveries_are_handled_once_while_redis_is_killed() {
    let Some(mut server) = Server::persistent() else { return };
    let proxy = Proxy::of(server.port).await;
    let handled: Arc<Mutex<HashMap<usize, usize>>> = Arc::default();
    let kill = Arc::new(Notify::new());
    let replicas: Vec<Router> = (0..2).map(|_| replica(&proxy, &handled, &kill)).collect();
    let senders: Vec<_> = (0..40).map(|at| tokio::spawn(send(replicas.clone(), at))).collect();
    for _ in 0..2 {
        kill.notified().await;
        server.kill();
        server.restart();
        proxy.lead_to(server.port);
    }
    for sender in senders {
        sender.await.unwrap();
    }
    let handled = handled.lock().unwrap();
    assert_eq!(handled.len(), DELIVERIES);
    let twice: Vec<_> = handled.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

fn replica(proxy: &Proxy, handled: &Arc<Mutex<HashMap<usize, usize>>>, kill: &Arc<Notify>) -> Router {
    let guard = guard_at(&proxy.address());
    let (handled, kill) = (Arc::clone(handled), Arc::clone(kill));
    let layer = ReceiverLayer::new(Verifier::body("s").build().unwrap()).replay(guard);
    layer.router("/", move |delivery: Received| async move {
        let at: usize = serde_json::from_slice::<serde_json::Value>(delivery.body()).unwrap()["at"]
            .as_u64()
            .unwrap()
            .try_into()
            .unwrap();
        let total = {
            let mut handled = handled.lock().unwrap();
            *handled.entry(at).or_default() += 1;
            handled.values().sum::<usize>()
        };
        if total == DELIVERIES / 4 || total == DELIVERIES * 3 / 4 {
            kill.notify_one();
        }
        // Others go on while it is handled.
        tokio::task::yield_now().await;
        StatusCode::NO_CONTENT
    })
}

/// Sends every fortieth delivery to both replicas, until both report it as handled.
async fn send(replicas: Vec<Router>, first: usize) {
    for at in (first..DELIVERIES).step_by(40) {
        let body = format!(r#"{{"at":{at}}}"#);
        let headers = Signer::body("s").build().unwrap().sign(body.as_bytes());
        let copies = replicas.iter().map(|replica| async {
            loop {
                let mut request = Request::post("/").body(Body::from(body.clone())).unwrap();
                *request.headers_mut() = headers.clone();
                match replica.clone().oneshot(request).await.unwrap().status() {
                    StatusCode::NO_CONTENT | StatusCode::OK => break,
                    StatusCode::CONFLICT | StatusCode::SERVICE_UNAVAILABLE => tokio::task::yield_now().await,
                    other => panic!("{other}"),
                }
            }
        });
        join_all(copies).await;
    }
}
