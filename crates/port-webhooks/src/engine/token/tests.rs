//! Many callers that need a token at once, and refreshes that fail, wait or are abandoned.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::SystemTime;

use tokio::runtime::Runtime;

use super::*;
use crate::clock::Clock;
use crate::engine::Engine;
use crate::test_util::ManualClock;
use crate::{Client, Retry, types::Strategy};

const CALLERS: usize = 10_000;

/// Issues up to `most` tokens with a lifetime of 1,000 s, then fails. It counts its calls.
#[derive(Clone)]
struct Mint {
    fetched: Arc<AtomicUsize>,
    most: usize,
}

impl Mint {
    fn new(most: usize) -> Self {
        Self { fetched: Arc::default(), most }
    }

    fn fetched(&self) -> usize {
        self.fetched.load(Ordering::SeqCst)
    }
}

impl TokenProvider for Mint {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let number = self.fetched.fetch_add(1, Ordering::SeqCst);
        // Takes a while, as a request would.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        if number >= self.most {
            return Err(TokenError::unavailable("down"));
        }
        Ok(AccessToken::new(format!("token-{number}")).lives_for(Duration::from_secs(1000)))
    }
}

/// A clock that is moved by hand. Its time limits end by it, and its waits never end.
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

    fn timeout(&self, limit: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let (clock, end) = (self.clone(), self.now() + limit);
        Box::pin(async move {
            while clock.now() < end {
                tokio::task::yield_now().await;
            }
        })
    }
}

/// A runtime that exists, but is not driven unless by hand.
fn undriven() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

type Caller<'a> = Pin<Box<dyn Future<Output = Result<Arc<Token>, Error>> + 'a>>;

/// A caller that has started, and needs a token.
fn begun(engine: &Engine) -> Caller<'_> {
    let mut caller: Caller = Box::pin(engine.tokens.get());
    assert!(caller.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    caller
}

/// The same, and the task that fetches its token is on another runtime.
fn begun_on<'a>(runtime: &Runtime, engine: &'a Engine) -> Caller<'a> {
    let _entered = runtime.enter();
    begun(engine)
}

/// Lets background tasks run until they end or wait.
async fn background() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn engine(mint: &Mint, clock: &(impl Clock + Clone), retry: Retry) -> Arc<Engine> {
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    builder.retry(retry).build().unwrap().engine
}

#[tokio::test]
async fn many_callers_with_an_expired_token_fetch_one() {
    let (mint, clock) = (Mint::new(9), ManualClock::new());
    let engine = engine(&mint, &clock, Retry::new());
    for (number, text) in [(1, "token-0"), (2, "token-1")] {
        // On one thread, where every caller has started before the first ends.
        let callers = futures_util::future::join_all((0..CALLERS).map(|_| engine.tokens.get()));
        assert!(callers.await.iter().all(|token| token.as_ref().unwrap().secret() == text));
        assert_eq!(mint.fetched(), number);
        clock.advance(Duration::from_secs(1001));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_one_after_another_share_a_failure_too() {
    let (mint, clock) = (Mint::new(0), ManualClock::new());
    let engine = engine(&mint, &clock, Retry::new());
    let call = || {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move { engine.tokens.get().await.map(|_| ()) })
    };
    for call in (0..CALLERS).map(|_| call()).collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!(call().await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    assert_eq!(mint.fetched(), 3);
    clock.advance(Duration::from_secs(1));
    assert!(call().await.unwrap().is_err());
    assert_eq!(mint.fetched(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_with_a_rejected_token_fetch_one() {
    let mint = Mint::new(9);
    let engine = engine(&mint, &ManualClock::new(), Retry::new());
    let old = engine.tokens.get().await.unwrap();
    let calls = (0..CALLERS).map(|_| {
        let (engine, old) = (Arc::clone(&engine), Arc::clone(&old));
        tokio::spawn(async move {
            // Some callers find the new token already.
            assert!(engine.tokens.reject(&old));
            engine.tokens.get().await.map(|token| token.secret().to_owned())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(mint.fetched(), 2);
}

#[tokio::test]
async fn same_token_issued_again_is_not_refreshed_by_a_late_401() {
    let mint = Mint::new(9);
    let engine = engine(&mint, &ManualClock::new(), Retry::new());
    let old = engine.tokens.get().await.unwrap();
    engine.tokens.reject(&old);
    let new = engine.tokens.get().await.unwrap();
    engine.tokens.reject(&old);
    assert!(Arc::ptr_eq(&new, &engine.tokens.get().await.unwrap()));
    engine.tokens.reject(&new);
    assert!(!Arc::ptr_eq(&new, &engine.tokens.get().await.unwrap()));
    assert_eq!(mint.fetched(), 3);
}

#[tokio::test]
async fn a_refresh_whose_runtime_is_not_driven_is_replaced() {
    let clock = ManualClock::new();
    let engine = engine(&Mint::new(9), &clock, Retry::new());
    let stuck = undriven();
    let _abandoned = begun_on(&stuck, &engine);
    clock.advance(Duration::from_secs(17));
    assert!(engine.tokens.get().await.is_ok());
    stuck.shutdown_background();
}

#[tokio::test]
async fn callers_that_wait_for_an_undriven_runtime_start_again() {
    let (mint, clock) = (Mint::new(9), Halted::default());
    let engine = engine(&mint, &clock, Retry::new());
    let stuck = undriven();
    let _abandoned = begun_on(&stuck, &engine);
    let callers: Vec<_> = (0..10).map(|_| begun(&engine)).collect();
    let mut callers = Box::pin(futures_util::future::join_all(callers));
    for seconds in [15, 1] {
        assert!(futures_util::poll!(callers.as_mut()).is_pending());
        background().await;
        assert_eq!(mint.fetched(), 0);
        clock.0.advance(Duration::from_secs(seconds));
    }
    assert!(callers.await.iter().all(Result::is_ok));
    assert_eq!(mint.fetched(), 1);
    stuck.shutdown_background();
}

#[tokio::test]
async fn callers_that_wait_for_a_runtime_that_ends_start_again() {
    let mint = Mint::new(9);
    let engine = engine(&mint, &ManualClock::new(), Retry::new());
    let ending = undriven();
    let _abandoned = begun_on(&ending, &engine);
    let callers: Vec<_> = (0..10).map(|_| begun(&engine)).collect();
    ending.shutdown_background();
    assert!(futures_util::future::join_all(callers).await.iter().all(Result::is_ok));
    assert_eq!(mint.fetched(), 1);
}

#[tokio::test]
async fn token_is_renewed_a_tenth_before_expiry_and_not_used_after() {
    for (passed, fetched, text) in
        [(899, 1, "token-0"), (900, 2, "token-0"), (999, 2, "token-0"), (1000, 2, "token-1")]
    {
        let (mint, clock) = (Mint::new(9), ManualClock::new());
        let engine = engine(&mint, &clock, Retry::new());
        engine.tokens.get().await.unwrap();
        clock.advance(Duration::from_secs(passed));
        assert_eq!(engine.tokens.get().await.unwrap().secret(), text, "after {passed} s");
        background().await;
        assert_eq!(mint.fetched(), fetched, "after {passed} s");
    }
}

#[tokio::test]
async fn failed_refresh_of_a_valid_token_is_repeated_after_10_seconds() {
    let (mint, clock) = (Mint::new(1), ManualClock::new());
    let engine = engine(&mint, &clock, Retry::none());
    for (passed, fetched) in [(0, 1), (899_999, 1), (900_000, 2), (909_999, 2), (910_000, 3), (919_999, 3)] {
        clock.advance(Duration::from_millis(passed).saturating_sub(clock.passed()));
        for _ in 0..3 {
            assert_eq!(engine.tokens.get().await.unwrap().secret(), "token-0");
            background().await;
        }
        assert_eq!(mint.fetched(), fetched, "after {passed} ms");
    }
}

#[tokio::test]
async fn refresh_that_waits_for_a_retry_is_joined_until_overdue() {
    let (mint, clock) = (Mint::new(0), Halted::default());
    let wait = Retry::new().base(Duration::from_secs(20)).jitter(false).strategy(Strategy::Constant);
    let engine = engine(&mint, &clock, wait);
    let mut callers = Vec::new();
    // 20 s of waiting, 15 s for an attempt, and 1 s for everything else.
    for (passed, fetched) in [(0, 1), (35, 1), (36, 2)] {
        clock.0.advance(Duration::from_secs(passed).saturating_sub(clock.0.passed()));
        callers.push(begun(&engine));
        background().await;
        assert_eq!(mint.fetched(), fetched, "after {passed} s");
    }
}

#[tokio::test]
async fn a_refresh_that_ends_late_does_not_end_the_one_after_it() {
    let (mint, clock) = (Mint::new(0), ManualClock::new());
    let engine = engine(&mint, &clock, Retry::none());
    let stuck = undriven();
    let _first = begun_on(&stuck, &engine);
    clock.advance(Duration::from_secs(17));
    let _second = begun(&engine);
    // Now the first is driven again, and fails. That is remembered for a second.
    std::thread::spawn(move || stuck.block_on(background())).join().unwrap();
    assert!(engine.tokens.get().await.is_err());
    clock.advance(Duration::from_secs(1));
    let _third = begun(&engine);
    background().await;
    assert_eq!(mint.fetched(), 2, "the third caller joined the second");
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
