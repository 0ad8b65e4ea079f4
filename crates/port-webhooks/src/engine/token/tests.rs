//! Many callers that need a token at once, and refreshes that fail, wait or are abandoned.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::*;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::test_util::ManualClock;
use crate::{Client, Retry, Strategy};

const CALLERS: usize = 10_000;

/// Issues tokens with a lifetime of 100 s, or fails, and counts its calls.
#[derive(Clone, Default)]
struct Mint {
    fetched: Arc<AtomicUsize>,
    is_down: bool,
}

impl TokenProvider for Mint {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let number = self.fetched.fetch_add(1, Ordering::SeqCst);
        // Takes a while, as a request would.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        if self.is_down {
            return Err(TokenError::unavailable("down"));
        }
        Ok(AccessToken::new(format!("token-{number}")).lives_for(Duration::from_secs(100)))
    }
}

/// A clock that is moved by hand, and whose waits never end.
#[derive(Clone, Debug, Default)]
struct Halted(ManualClock);

impl Clock for Halted {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

/// A clock that is moved by hand, and whose time limits end by it.
#[derive(Clone, Debug, Default)]
struct Limiting(ManualClock);

impl Clock for Limiting {
    fn now(&self) -> Instant {
        self.0.now()
    }

    fn wall(&self) -> SystemTime {
        self.0.wall()
    }

    fn timeout(&self, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (clock, end) = (self.clone(), self.now() + limit);
        Box::pin(async move {
            while clock.now() < end {
                tokio::task::yield_now().await;
            }
        })
    }
}

/// Issues one token, with a lifetime of 1,000 s, then fails, and counts its calls.
#[derive(Clone, Default)]
struct OneToken(Arc<AtomicUsize>);

impl TokenProvider for OneToken {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        match number {
            0 => Ok(AccessToken::new("token").lives_for(Duration::from_secs(1000))),
            _ => Err(TokenError::unavailable("down")),
        }
    }
}

/// Lets background tasks run until they end or wait.
async fn background() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn engine(mint: &Mint, clock: &ManualClock) -> Arc<Engine> {
    Client::builder().token_provider(mint.clone()).clock(clock.clone()).build().unwrap().engine
}

/// Calls concurrently on one thread, where every call has started before the first ends.
async fn concurrently<T, F: Future<Output = T>>(call: impl Fn() -> F) -> Vec<T> {
    futures_util::future::join_all((0..CALLERS).map(|_| call())).await
}

#[tokio::test]
async fn many_callers_with_an_expired_token_fetch_one() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    assert!(concurrently(|| engine.tokens.get()).await.iter().all(Result::is_ok));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 1);
    clock.advance(Duration::from_secs(101));
    let got = concurrently(|| engine.tokens.get()).await;
    assert!(got.iter().all(|token| token.as_ref().unwrap().secret() == "token-1"));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn many_callers_share_a_failure_after_three_attempts() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ManualClock::default());
    let engine = engine(&mint, &clock);
    for result in concurrently(|| engine.tokens.get()).await {
        assert_eq!(result.err().unwrap().kind(), ErrorKind::Server);
    }
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_one_after_another_share_a_failure_too() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ManualClock::default());
    let engine = engine(&mint, &clock);
    let calls: Vec<_> = (0..CALLERS)
        .map(|_| {
            tokio::spawn({
                let engine = Arc::clone(&engine);
                async move { engine.tokens.get().await.map(|_| ()) }
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!(engine.tokens.get().await.err().unwrap().kind(), ErrorKind::Server);
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 3);
    clock.advance(Duration::from_secs(1));
    assert!(engine.tokens.get().await.is_err());
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn many_callers_with_a_rejected_token_fetch_one() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    let old = engine.tokens.get().await.unwrap();
    let again = concurrently(async || {
        assert!(engine.tokens.reject(&old));
        engine.tokens.get().await
    });
    assert!(again.await.iter().all(|token| token.as_ref().unwrap().secret() == "token-1"));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_on_several_threads_fetch_one_token() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    let old = engine.tokens.get().await.unwrap();
    let calls = (0..CALLERS).map(|_| {
        let (engine, old) = (Arc::clone(&engine), Arc::clone(&old));
        tokio::spawn(async move {
            // When some callers get here, the new token is there already.
            engine.tokens.reject(&old);
            engine.tokens.get().await.map(|token| token.secret().to_owned())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn same_token_issued_again_is_not_refreshed_by_a_late_401() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    let old = engine.tokens.get().await.unwrap();
    engine.tokens.reject(&old);
    let new = engine.tokens.get().await.unwrap();
    engine.tokens.reject(&old);
    assert!(Arc::ptr_eq(&new, &engine.tokens.get().await.unwrap()));
    engine.tokens.reject(&new);
    assert!(!Arc::ptr_eq(&new, &engine.tokens.get().await.unwrap()));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_refresh_whose_runtime_is_not_driven_is_replaced() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    let stuck = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The runtime exists, but is not driven.
    let waiting = stuck.enter();
    let mut abandoned = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    drop(waiting);
    clock.advance(Duration::from_secs(17));
    assert!(engine.tokens.get().await.is_ok());
    stuck.shutdown_background();
}

#[tokio::test]
async fn callers_that_wait_for_an_undriven_runtime_start_again() {
    let (mint, clock) = (Mint::default(), Limiting::default());
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    let engine = builder.build().unwrap().engine;
    let stuck = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waiting = stuck.enter();
    let mut abandoned = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    drop(waiting);
    let mut callers = Box::pin(futures_util::future::join_all((0..10).map(|_| engine.tokens.get())));
    for seconds in [15, 1] {
        assert!(futures_util::poll!(callers.as_mut()).is_pending());
        background().await;
        assert_eq!(mint.fetched.load(Ordering::SeqCst), 0);
        clock.0.advance(Duration::from_secs(seconds));
    }
    assert!(callers.await.iter().all(Result::is_ok));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 1);
    stuck.shutdown_background();
}

#[tokio::test]
async fn callers_that_wait_for_a_runtime_that_ends_start_again() {
    let (mint, clock) = (Mint::default(), ManualClock::default());
    let engine = engine(&mint, &clock);
    let ending = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waiting = ending.enter();
    let mut abandoned = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    drop(waiting);
    let mut callers = Box::pin(futures_util::future::join_all((0..10).map(|_| engine.tokens.get())));
    assert!(futures_util::poll!(callers.as_mut()).is_pending());
    ending.shutdown_background();
    assert!(callers.await.iter().all(Result::is_ok));
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn token_is_renewed_a_tenth_before_expiry_and_not_used_after() {
    for (passed, fetched, text) in
        [(89, 1, "token-0"), (90, 2, "token-0"), (99, 2, "token-0"), (100, 2, "token-1")]
    {
        let (mint, clock) = (Mint::default(), ManualClock::default());
        let engine = engine(&mint, &clock);
        engine.tokens.get().await.unwrap();
        clock.advance(Duration::from_secs(passed));
        assert_eq!(engine.tokens.get().await.unwrap().secret(), text, "after {passed} s");
        background().await;
        assert_eq!(mint.fetched.load(Ordering::SeqCst), fetched, "after {passed} s");
    }
}

#[tokio::test]
async fn failed_refresh_of_a_valid_token_is_repeated_after_10_seconds() {
    let (source, clock) = (OneToken::default(), ManualClock::default());
    let builder = Client::builder().token_provider(source.clone()).clock(clock.clone());
    let engine = builder.retry(Retry::none()).build().unwrap().engine;
    for (passed, fetched) in [(0, 1), (899_999, 1), (900_000, 2), (909_999, 2), (910_000, 3), (919_999, 3)] {
        clock.advance(Duration::from_millis(passed).saturating_sub(clock.passed()));
        for _ in 0..3 {
            assert_eq!(engine.tokens.get().await.unwrap().secret(), "token");
            background().await;
        }
        assert_eq!(source.0.load(Ordering::SeqCst), fetched, "after {passed} ms");
    }
}

#[tokio::test]
async fn refresh_that_waits_for_a_retry_is_joined_until_overdue() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, Halted::default());
    let wait = Retry::new().base(Duration::from_secs(20)).jitter(false).strategy(Strategy::Constant);
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    let engine = builder.retry(wait).build().unwrap().engine;
    let mut callers = Vec::new();
    // 20 s of waiting, 15 s for an attempt, and 1 s for everything else.
    for (passed, fetched) in [(0, 1), (35, 1), (36, 2)] {
        clock.0.advance(Duration::from_secs(passed).saturating_sub(clock.0.passed()));
        let mut caller = Box::pin(engine.tokens.get());
        assert!(futures_util::poll!(caller.as_mut()).is_pending());
        callers.push(caller);
        background().await;
        assert_eq!(mint.fetched.load(Ordering::SeqCst), fetched, "after {passed} s");
    }
}

#[tokio::test]
async fn a_refresh_that_ends_late_does_not_end_the_one_after_it() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ManualClock::default());
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    let engine = builder.retry(Retry::none()).build().unwrap().engine;
    let stuck = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waiting = stuck.enter();
    let mut first = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(first.as_mut()).is_pending());
    drop(waiting);
    clock.advance(Duration::from_secs(17));
    let mut second = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(second.as_mut()).is_pending());
    // Now the first is driven again, and fails. That is remembered for a second.
    std::thread::spawn(move || stuck.block_on(background())).join().unwrap();
    assert!(engine.tokens.get().await.is_err());
    clock.advance(Duration::from_secs(1));
    let mut third = Box::pin(engine.tokens.get());
    assert!(futures_util::poll!(third.as_mut()).is_pending());
    background().await;
    assert_eq!(mint.fetched.load(Ordering::SeqCst), 2, "the third caller joined the second");
}

#[test]
fn any_lifetime_is_bounded() {
    let table = [
        (None, 60.0),
        (Some(0.0), 60.0),
        (Some(-1.0), 60.0),
        (Some(f64::NAN), 60.0),
        (Some(1e-20), 60.0),
        (Some(0.5), 0.5),
        (Some(10_800.0), 10_800.0),
        (Some(1e308), 86_400.0),
        (Some(f64::INFINITY), 60.0),
    ];
    for (said, seconds) in table {
        let token = AccessToken { text: "t".into(), lifetime: lifetime(said) };
        let now = ManualClock::new().now();
        let token = Token::expiring(token, now).unwrap();
        let lifetime = token.expires_at.unwrap() - now;
        assert_eq!(lifetime, Duration::from_secs_f64(seconds), "{said:?}");
        let margin = Duration::from_secs(300).min(lifetime / 10);
        assert_eq!(token.renew_at.unwrap() + margin, token.expires_at.unwrap(), "{said:?}");
    }
}

#[test]
fn debug_shows_the_source_of_tokens_and_no_token() {
    for (builder, shown) in [
        (Client::builder().access_token("hidden"), "fixed token"),
        (Client::builder().credentials("id", "hidden"), "client credentials"),
        (Client::builder().token_provider_fn(std::future::pending), "token provider"),
    ] {
        let text = format!("{:?}", builder.build().unwrap());
        assert!(text.contains(shown) && !text.contains("hidden"), "{text}");
    }
}
