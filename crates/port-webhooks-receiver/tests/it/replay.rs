//! Each delivery once.

use std::collections::HashSet;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;

use port_webhooks_receiver::{
    Admission, Claim, MemoryStore, OnStoreError, ReplayGuard, ReplayKey, ReplayStore, Reservation,
    ReservationId, Signer, StoreError, TimestampedBuilder, Verifier,
};

use crate::support::{Down, TestClock};

const NOW: u64 = 1_700_000_000;

/// A delivery as it arrives.
struct Arrival {
    headers: http::HeaderMap,
    body: Vec<u8>,
}

fn arrival(secret: &str, body: &str) -> Arrival {
    let headers = Signer::body(secret).build().unwrap().sign(body.as_bytes());
    Arrival { headers, body: body.as_bytes().to_vec() }
}

async fn admit(guard: &ReplayGuard, verifier: &Verifier, arrival: &Arrival) -> Result<Admission, StoreError> {
    guard.admit(&verifier.verify(&arrival.headers, &arrival.body).unwrap()).await
}

fn verifier() -> Verifier {
    Verifier::body("s").build().unwrap()
}

fn guard() -> (ReplayGuard, Arc<MemoryStore>, TestClock) {
    let clock = TestClock::at(NOW);
    let store = Arc::new(MemoryStore::new().clock(clock.clone()));
    (ReplayGuard::new(Arc::clone(&store)), store, clock)
}

#[tokio::test]
async fn a_delivery_is_fresh_then_in_flight_then_replayed() {
    let (guard, store, clock) = guard();
    let first = arrival("s", "{}");
    let Admission::Fresh(claim) = admit(&guard, &verifier(), &first).await.unwrap() else { panic!() };
    clock.advance(20);
    let Admission::InFlight { retry_after } = admit(&guard, &verifier(), &first).await.unwrap() else {
        panic!()
    };
    assert_eq!(retry_after, Duration::from_secs(40));
    let other = admit(&guard, &verifier(), &arrival("s", "{ }")).await.unwrap();
    assert!(matches!(other, Admission::Fresh(_)), "another body is another delivery");
    claim.complete().await.unwrap();
    assert!(matches!(admit(&guard, &verifier(), &first).await.unwrap(), Admission::Replayed));
    drop(other);
    assert_eq!(store.len(), 1);

    // Remembered for 24 hours.
    clock.advance(24 * 60 * 60 - 1);
    assert!(matches!(admit(&guard, &verifier(), &first).await.unwrap(), Admission::Replayed));
    clock.advance(1);
    assert!(matches!(admit(&guard, &verifier(), &first).await.unwrap(), Admission::Fresh(_)));
    assert!(store.is_empty());
}

#[tokio::test]
async fn what_fails_is_given_back() {
    let (guard, store, _) = guard();
    let arrival = arrival("s", "{}");
    for _ in 0..3 {
        let Admission::Fresh(claim) = admit(&guard, &verifier(), &arrival).await.unwrap() else { panic!() };
        claim.release().await.unwrap();
        let Admission::Fresh(claim) = admit(&guard, &verifier(), &arrival).await.unwrap() else { panic!() };
        drop(claim);
    }
    assert!(store.is_empty());
}

#[tokio::test]
async fn late_owner_of_an_expired_reservation_takes_nothing() {
    let (guard, _, clock) = guard();
    let arrival = arrival("s", "{}");
    let Admission::Fresh(late) = admit(&guard, &verifier(), &arrival).await.unwrap() else { panic!() };
    clock.advance(59);
    assert!(matches!(admit(&guard, &verifier(), &arrival).await.unwrap(), Admission::InFlight { .. }));
    clock.advance(1);
    let Admission::Fresh(next) = admit(&guard, &verifier(), &arrival).await.unwrap() else { panic!() };
    late.release().await.unwrap();
    assert!(matches!(admit(&guard, &verifier(), &arrival).await.unwrap(), Admission::InFlight { .. }));
    // What the late one has handled is handled, though the next one fails.
    clock.advance(60);
    let Admission::Fresh(third) = admit(&guard, &verifier(), &arrival).await.unwrap() else { panic!() };
    next.complete().await.unwrap();
    drop(third);
    assert!(matches!(admit(&guard, &verifier(), &arrival).await.unwrap(), Admission::Replayed));
}

#[tokio::test]
async fn delivery_is_identified_by_its_mac_not_by_header_text() {
    let (guard, _, clock) = guard();
    let verifier = Verifier::timestamped("s").clock(clock.clone()).build().unwrap();
    let headers = Signer::timestamped("s").clock(clock).build().unwrap().sign(b"{}");
    let token = headers["x-port-signature"].to_str().unwrap().to_owned();
    for (at, signature) in [
        token.clone(),
        format!("{token} v2,x"),
        format!("x {token}"),
        format!("{token} {token}"),
        format!(" {token}"),
    ]
    .into_iter()
    .enumerate()
    {
        let headers = [("x-port-timestamp", "1700000000"), ("x-port-signature", signature.as_str())];
        match guard.admit(&verifier.verify_pairs(&headers, b"{}").unwrap()).await.unwrap() {
            Admission::Fresh(claim) if at == 0 => claim.complete().await.unwrap(),
            Admission::Replayed if at > 0 => {}
            other => panic!("{signature}: {other:?}"),
        }
    }
    // Hex in either case is one MAC too.
    let (guard, ..) = self::guard();
    let verifier = self::verifier();
    let headers = Signer::body("s").prefix("").build().unwrap().sign(b"{}");
    let hex = headers["x-port-signature"].to_str().unwrap();
    let lower = [("x-port-signature", format!("sha256={hex}"))];
    let upper = [("x-port-signature", format!("sha256={}", hex.to_uppercase()))];
    let Admission::Fresh(claim) = guard.admit(&verifier.verify_pairs(&lower, b"{}").unwrap()).await.unwrap()
    else {
        panic!()
    };
    claim.complete().await.unwrap();
    let again = guard.admit(&verifier.verify_pairs(&upper, b"{}").unwrap()).await.unwrap();
    assert!(matches!(again, Admission::Replayed));
}

/// While one secret replaces another: signed by both and shown with either, at replicas that know one or both.
#[tokio::test]
async fn a_delivery_is_one_by_whichever_secret_it_is_shown() {
    let clock = TestClock::at(NOW);
    let sign = |secret: &str| {
        let headers = Signer::timestamped(secret).clock(clock.clone()).build().unwrap().sign(b"{}");
        headers["x-port-signature"].to_str().unwrap().to_owned()
    };
    let build = |first: &str, second: Option<&str>| {
        let builder = Verifier::timestamped(first).clock(clock.clone());
        second.into_iter().fold(builder, TimestampedBuilder::secret).build().unwrap()
    };
    let (old, new) = (sign("old"), sign("new"));
    let both = format!("{old} {new}");
    let verifiers = [build("old", Some("new")), build("new", Some("old"))];
    for first in &verifiers {
        for (shown, again) in [(&both, &new), (&both, &old), (&old, &new), (&new, &both)] {
            let store = Arc::new(MemoryStore::new().clock(clock.clone()));
            let guard = ReplayGuard::new(store);
            let admit = |verifier: &Verifier, signature: &str| {
                let headers = [("x-port-timestamp", "1700000000"), ("x-port-signature", signature)];
                let verified = verifier.verify_pairs(&headers, b"{}").unwrap();
                let guard = guard.clone();
                async move { guard.admit(&verified).await.unwrap() }
            };
            let Admission::Fresh(claim) = admit(first, shown).await else { panic!() };
            for second in &verifiers {
                assert!(matches!(admit(second, again).await, Admission::InFlight { .. }));
            }
            claim.complete().await.unwrap();
            for second in &verifiers {
                assert!(matches!(admit(second, again).await, Admission::Replayed));
            }
        }
    }
    // One replica knows the old one alone.
    let guard = ReplayGuard::new(MemoryStore::new().clock(clock.clone()));
    let headers = [("x-port-timestamp", "1700000000"), ("x-port-signature", both.as_str())];
    let only_old = build("old", None);
    let verified = only_old.verify_pairs(&headers, b"{}").unwrap();
    let Admission::Fresh(claim) = guard.admit(&verified).await.unwrap() else { panic!() };
    claim.complete().await.unwrap();
    for shown in [&both, &new] {
        let headers = [("x-port-timestamp", "1700000000"), ("x-port-signature", shown.as_str())];
        let verified = verifiers[1].verify_pairs(&headers, b"{}").unwrap();
        assert!(matches!(guard.admit(&verified).await.unwrap(), Admission::Replayed));
    }
}

#[tokio::test]
async fn a_secret_that_is_given_twice_is_one() {
    let (guard, ..) = guard();
    let verifier = Verifier::body("s").secret("t").secret("s").build().unwrap();
    let Admission::Fresh(claim) = admit(&guard, &verifier, &arrival("s", "{}")).await.unwrap() else {
        panic!()
    };
    claim.complete().await.unwrap();
    assert!(matches!(admit(&guard, &verifier, &arrival("s", "{}")).await.unwrap(), Admission::Replayed));
}

#[tokio::test]
async fn timestamped_delivery_is_remembered_while_it_can_be_fresh() {
    let clock = TestClock::at(NOW);
    let store = Arc::new(MemoryStore::new().clock(clock.clone()));
    let guard = ReplayGuard::new(Arc::clone(&store)).remember(Duration::from_secs(1));
    let verifier =
        Verifier::timestamped("s").clock(clock.clone()).tolerance(Duration::from_secs(10)).build().unwrap();
    // It is signed by a clock that goes as far ahead as is tolerated.
    let headers = Signer::timestamped("s").build().unwrap().sign_at(Duration::from_secs(NOW + 10), b"{}");
    let Admission::Fresh(claim) = guard.admit(&verifier.verify(&headers, b"{}").unwrap()).await.unwrap()
    else {
        panic!()
    };
    claim.complete().await.unwrap();
    for _ in 0..20 {
        clock.advance(1);
        let verified = verifier.verify(&headers, b"{}").unwrap();
        assert!(matches!(guard.admit(&verified).await.unwrap(), Admission::Replayed));
    }
    clock.advance(1);
    assert!(verifier.verify(&headers, b"{}").is_err());
    assert!(store.is_empty(), "and no longer");
}

#[tokio::test]
async fn a_store_that_is_full_cannot_answer_and_forgets_nothing() {
    let clock = TestClock::at(NOW);
    let store = Arc::new(MemoryStore::with_capacity(3).clock(clock.clone()));
    let guard = ReplayGuard::new(Arc::clone(&store)).remember(Duration::from_secs(100));
    for body in ["1", "2", "3"] {
        let Admission::Fresh(claim) = admit(&guard, &verifier(), &arrival("s", body)).await.unwrap() else {
            panic!()
        };
        claim.complete().await.unwrap();
        clock.advance(10);
    }
    let error = admit(&guard, &verifier(), &arrival("s", "4")).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "all 3 entries are in use");
    assert!(matches!(admit(&guard, &verifier(), &arrival("s", "1")).await.unwrap(), Admission::Replayed));
    let open = guard.clone().on_store_error(OnStoreError::LetThrough);
    assert!(matches!(admit(&open, &verifier(), &arrival("s", "4")).await.unwrap(), Admission::Fresh(_)));
    // The oldest ends.
    clock.advance(70);
    let admission = admit(&guard, &verifier(), &arrival("s", "4")).await.unwrap();
    assert!(matches!(admission, Admission::Fresh(_)));
    assert_eq!(store.len(), 3);
}

#[tokio::test]
async fn a_store_that_is_down_refuses_or_lets_through_as_it_is_told() {
    let closed = ReplayGuard::new(Down("no route to host"));
    let error = admit(&closed, &verifier(), &arrival("s", "{}")).await.unwrap_err();
    assert_eq!(error.to_string(), "the store of handled deliveries cannot answer");
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no route to host");
    let open = closed.on_store_error(OnStoreError::LetThrough);
    let Admission::Fresh(claim) = admit(&open, &verifier(), &arrival("s", "{}")).await.unwrap() else {
        panic!()
    };
    assert!(claim.complete().await.is_err());
}

/// A store that fails this many times to complete or release, and waits in no time.
#[derive(Debug)]
struct Failing {
    inner: MemoryStore,
    failures: AtomicUsize,
    pauses: Mutex<Vec<Duration>>,
}

impl Failing {
    fn times(failures: usize) -> Arc<Self> {
        let pauses = Mutex::default();
        Arc::new(Self { inner: MemoryStore::new(), failures: AtomicUsize::new(failures), pauses })
    }

    fn fail(&self) -> Result<(), StoreError> {
        let failures =
            self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if failures.is_ok() { Err(StoreError::new("restarting")) } else { Ok(()) }
    }

    fn pauses(&self) -> Vec<u128> {
        self.pauses.lock().unwrap().iter().map(Duration::as_millis).collect()
    }
}

impl ReplayStore for Failing {
    async fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> Result<Reservation, StoreError> {
        ReplayStore::reserve(&self.inner, key, id, lasts).await
    }

    async fn complete(&self, key: &ReplayKey, lasts: Duration) -> Result<(), StoreError> {
        self.fail()?;
        ReplayStore::complete(&self.inner, key, lasts).await
    }

    async fn release(&self, key: &ReplayKey, id: ReservationId) -> Result<(), StoreError> {
        self.fail()?;
        ReplayStore::release(&self.inner, key, id).await
    }

    fn sleep(&self, lasts: Duration) -> Option<impl Future<Output = ()> + Send + 'static> {
        self.pauses.lock().unwrap().push(lasts);
        Some(std::future::ready(()))
    }
}

async fn fresh(guard: &ReplayGuard) -> Claim {
    let Admission::Fresh(claim) = admit(guard, &verifier(), &arrival("s", "{}")).await.unwrap() else {
        panic!()
    };
    claim
}

#[tokio::test]
async fn completing_that_fails_is_tried_again() {
    let store = Failing::times(7);
    let guard = ReplayGuard::new(Arc::clone(&store));
    let error = fresh(&guard).await.complete().await.unwrap_err();
    assert_eq!(format!("{error:#}"), "the store of handled deliveries cannot answer: restarting");
    assert!(matches!(admit(&guard, &verifier(), &arrival("s", "{}")).await.unwrap(), Admission::Replayed));
    assert_eq!(store.pauses(), [100, 200, 400, 800, 1600, 2000]);
}

#[tokio::test]
async fn releasing_that_fails_is_tried_again() {
    let store = Failing::times(3);
    let guard = ReplayGuard::new(Arc::clone(&store));
    assert!(fresh(&guard).await.release().await.is_err());
    drop(fresh(&guard).await);
    assert!(store.inner.is_empty());
    assert_eq!(store.pauses(), [100, 200]);
}

#[test]
fn store_that_stays_down_is_logged_when_the_reservation_ends() {
    let store = Failing::times(usize::MAX);
    let guard = ReplayGuard::new(Arc::clone(&store)).reservation(Duration::from_millis(5500));
    let log = logged(|| {
        assert!(fresh(&guard).now_or_never().unwrap().complete().now_or_never().unwrap().is_err());
    });
    assert_eq!(store.pauses(), [100, 200, 400, 800, 1600, 2000, 400]);
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("ERROR") && log.contains("cannot be remembered"), "{log}");
    assert!(log.contains("restarting"), "{log}");
}

#[test]
fn delivery_that_is_let_through_is_logged() {
    let guard = ReplayGuard::new(Down("no route to host")).on_store_error(OnStoreError::LetThrough);
    let mut claim = None;
    let log = logged(|| claim = Some(fresh(&guard).now_or_never().unwrap()));
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(log.contains("WARN") && log.contains("without replay protection"), "{log}");
    assert!(log.contains("no route to host"), "{log}");
}

/// The events that this logs.
fn logged(work: impl FnOnce()) -> String {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(Arc::new(writer)).finish();
    tracing::subscriber::with_default(subscriber, work);
    let mut log = String::new();
    reader.read_to_string(&mut log).unwrap();
    log
}

#[tokio::test]
async fn reserving_again_by_the_same_id_is_fresh() {
    let (store, verifier, arrival) = (MemoryStore::new(), verifier(), arrival("s", "{}"));
    let key = verifier.verify(&arrival.headers, &arrival.body).unwrap().replay_keys().next().unwrap();
    let (mine, other) = (ReservationId::unique(), ReservationId::unique());
    let minute = Duration::from_secs(60);
    for (id, expected) in
        [(mine, Reservation::Fresh), (mine, Reservation::Fresh), (other, Reservation::InFlight(minute))]
    {
        assert_eq!(ReplayStore::reserve(&store, &key, id, minute).await.unwrap(), expected);
    }
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn plain_secrets_tell_deliveries_apart_by_their_bodies() {
    let (guard, ..) = guard();
    let verifier = Verifier::data_source_plain("s", "x-token").build().unwrap();
    for (body, fresh) in [("1", true), ("2", true), ("1", false)] {
        let verified = verifier.verify_pairs(&[("x-token", "s")], body.as_bytes()).unwrap();
        match guard.admit(&verified).await.unwrap() {
            Admission::Fresh(claim) if fresh => claim.complete().await.unwrap(),
            Admission::Replayed if !fresh => {}
            other => panic!("{body}: {other:?}"),
        }
    }
}

/// Of many copies at once one is handled.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_is_fresh() {
    for _ in 0..100 {
        of_many_one_is_fresh(verifier()).await;
        // While a secret is replaced, a delivery is known by two keys.
        of_many_one_is_fresh(Verifier::body("s").secret("new").build().unwrap()).await;
    }
}

async fn of_many_one_is_fresh(verifier: Verifier) {
    let (guard, ..) = guard();
    let copies = (0..64).map(|_| {
        let (guard, verifier) = (guard.clone(), verifier.clone());
        tokio::spawn(async move {
            match admit(&guard, &verifier, &arrival("s", "{}")).await.unwrap() {
                Admission::Fresh(claim) => {
                    tokio::task::yield_now().await;
                    claim.complete().await.unwrap();
                    1
                }
                Admission::InFlight { .. } | Admission::Replayed => 0,
            }
        })
    });
    let mut handled = 0;
    for copy in copies.collect::<Vec<_>>() {
        handled += copy.await.unwrap();
    }
    assert_eq!(handled, 1);
}

#[test]
fn no_two_reservation_ids_are_the_same() {
    let ids: HashSet<ReservationId> = (0..10_000).map(|_| ReservationId::unique()).collect();
    assert_eq!(ids.len(), 10_000);
}
