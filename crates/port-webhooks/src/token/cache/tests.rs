//! Crowds that come for a token at once.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::*;
use crate::clock::{Clock, Still};
use crate::token::{AccessToken, Tokens};
use crate::{Client, Retry, Strategy, TokenError};

const CROWD: usize = 10_000;

/// Gives tokens of a hundred seconds, or none, and counts.
#[derive(Clone, Default)]
struct Mint {
    asked: Arc<AtomicUsize>,
    is_down: bool,
}

impl TokenProvider for Mint {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + '_>> {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            // As a request would, it takes a while.
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            if self.is_down {
                return Err(TokenError::unavailable("down"));
            }
            Ok(AccessToken::new(format!("token-{number}")).lives_for(Duration::from_secs(100)))
        })
    }
}

/// A clock that is moved by hand, and whose waits take no time of it.
#[derive(Clone, Debug, Default)]
struct ByHand(Arc<Mutex<Duration>>);

impl Clock for ByHand {
    fn now(&self) -> Instant {
        Still.now() + *self.0.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        Still.wall()
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::task::yield_now())
    }
}

/// A clock that is moved by hand, and on which nothing that waits goes on.
#[derive(Clone, Debug, Default)]
struct Halted(ByHand);

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

/// Gives one token, of a thousand seconds, and counts.
#[derive(Clone, Default)]
struct OneToken(Arc<AtomicUsize>);

impl TokenProvider for OneToken {
    fn token(&self) -> Pin<Box<dyn Future<Output = Result<AccessToken, TokenError>> + Send + '_>> {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(std::future::ready(match number {
            0 => Ok(AccessToken::new("token").lives_for(Duration::from_secs(1000))),
            _ => Err(TokenError::unavailable("down")),
        }))
    }
}

/// Lets what goes on in the background come to its end, or to where it waits.
async fn background() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn tokens(mint: &Mint, clock: &ByHand) -> Arc<Tokens> {
    Client::builder().token_provider(mint.clone()).clock(clock.clone()).build().unwrap().tokens
}

/// So many callers at once on one thread, where all have asked before the first is answered.
async fn crowd<T, F: Future<Output = T>>(call: impl Fn() -> F) -> Vec<T> {
    futures_util::future::join_all((0..CROWD).map(|_| call())).await
}

#[tokio::test]
async fn a_crowd_whose_token_has_ended_asks_once() {
    let (mint, clock) = (Mint::default(), ByHand::default());
    let tokens = tokens(&mint, &clock);
    assert!(crowd(|| tokens.get()).await.iter().all(Result::is_ok));
    assert_eq!(mint.asked.load(Ordering::SeqCst), 1);
    *clock.0.lock().unwrap() += Duration::from_secs(101);
    let got = crowd(|| tokens.get()).await;
    assert!(got.iter().all(|token| token.as_ref().unwrap().secret() == "token-1"));
    assert_eq!(mint.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_crowd_without_a_source_asks_three_times_and_is_told_the_same() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ByHand::default());
    let tokens = tokens(&mint, &clock);
    for result in crowd(|| tokens.get()).await {
        assert_eq!(result.err().unwrap().kind(), ErrorKind::Server);
    }
    assert_eq!(mint.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_without_a_source_who_come_one_by_one_are_a_crowd_too() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ByHand::default());
    let tokens = tokens(&mint, &clock);
    let calls: Vec<_> = (0..CROWD)
        .map(|_| {
            tokio::spawn({
                let tokens = Arc::clone(&tokens);
                async move { tokens.get().await.map(|_| ()) }
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!(tokens.get().await.err().unwrap().kind(), ErrorKind::Server);
    assert_eq!(mint.asked.load(Ordering::SeqCst), 3);
    *clock.0.lock().unwrap() += Duration::from_secs(1);
    assert!(tokens.get().await.is_err());
    assert_eq!(mint.asked.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_crowd_whose_token_is_not_taken_asks_once() {
    let (mint, clock) = (Mint::default(), ByHand::default());
    let tokens = tokens(&mint, &clock);
    let old = tokens.get().await.unwrap();
    let again = crowd(async || {
        assert!(tokens.reject(&old));
        tokens.get().await
    });
    assert!(again.await.iter().all(|token| token.as_ref().unwrap().secret() == "token-1"));
    assert_eq!(mint.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_on_several_threads_does_as_well() {
    let (mint, clock) = (Mint::default(), ByHand::default());
    let tokens = tokens(&mint, &clock);
    let old = tokens.get().await.unwrap();
    let calls = (0..CROWD).map(|_| {
        let (tokens, old) = (Arc::clone(&tokens), Arc::clone(&old));
        tokio::spawn(async move {
            // Some come when the new token is there already.
            tokens.reject(&old);
            tokens.get().await.map(|token| token.secret().to_owned())
        })
    });
    for call in calls.collect::<Vec<_>>() {
        assert_eq!(call.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(mint.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_same_token_issued_again_is_not_refreshed_by_each_late_401() {
    let (mint, clock) = (Mint::default(), ByHand::default());
    let tokens = tokens(&mint, &clock);
    let old = tokens.get().await.unwrap();
    tokens.reject(&old);
    let new = tokens.get().await.unwrap();
    tokens.reject(&old);
    assert!(Arc::ptr_eq(&new, &tokens.get().await.unwrap()));
    tokens.reject(&new);
    assert!(!Arc::ptr_eq(&new, &tokens.get().await.unwrap()));
    assert_eq!(mint.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn whoever_waits_for_a_refresh_that_nobody_drives_any_more_is_served_by_another() {
    let (mint, clock) = (Mint::default(), ByHand::default());
    let tokens = tokens(&mint, &clock);
    let stuck = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // The runtime lives on, but is not run.
    let waiting = stuck.enter();
    let mut abandoned = Box::pin(tokens.get());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    drop(waiting);
    *clock.0.lock().unwrap() += Duration::from_secs(17);
    assert!(tokens.get().await.is_ok());
    stuck.shutdown_background();
}

#[tokio::test]
async fn a_token_is_renewed_a_tenth_before_its_end_and_does_not_serve_at_its_end() {
    for (passed, asked, text) in
        [(89, 1, "token-0"), (90, 2, "token-0"), (99, 2, "token-0"), (100, 2, "token-1")]
    {
        let (mint, clock) = (Mint::default(), ByHand::default());
        let tokens = tokens(&mint, &clock);
        tokens.get().await.unwrap();
        *clock.0.lock().unwrap() += Duration::from_secs(passed);
        assert_eq!(tokens.get().await.unwrap().secret(), text, "after {passed} s");
        background().await;
        assert_eq!(mint.asked.load(Ordering::SeqCst), asked, "after {passed} s");
    }
}

#[tokio::test]
async fn while_a_token_serves_a_source_that_is_down_is_left_alone_for_ten_seconds() {
    let (source, clock) = (OneToken::default(), ByHand::default());
    let builder = Client::builder().token_provider(source.clone()).clock(clock.clone());
    let tokens = builder.retry(Retry::none()).build().unwrap().tokens;
    for (passed, asked) in [(0, 1), (899_999, 1), (900_000, 2), (909_999, 2), (910_000, 3), (919_999, 3)] {
        *clock.0.lock().unwrap() = Duration::from_millis(passed);
        for _ in 0..3 {
            assert_eq!(tokens.get().await.unwrap().secret(), "token");
            background().await;
        }
        assert_eq!(source.0.load(Ordering::SeqCst), asked, "after {passed} ms");
    }
}

#[tokio::test]
async fn a_refresh_that_waits_before_it_asks_again_is_joined_until_it_must_have_asked() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, Halted::default());
    let wait = Retry::new().base(Duration::from_secs(20)).jitter(false).strategy(Strategy::Constant);
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    let tokens = builder.retry(wait).build().unwrap().tokens;
    let mut callers = Vec::new();
    // 20 s of waiting, 15 s for an attempt, and 1 s for everything else.
    for (passed, asked) in [(0, 1), (35, 1), (36, 2)] {
        *clock.0.0.lock().unwrap() = Duration::from_secs(passed);
        let mut caller = Box::pin(tokens.get());
        assert!(futures_util::poll!(caller.as_mut()).is_pending());
        callers.push(caller);
        background().await;
        assert_eq!(mint.asked.load(Ordering::SeqCst), asked, "after {passed} s");
    }
}

#[tokio::test]
async fn a_refresh_that_ends_late_does_not_end_the_one_after_it() {
    let (mint, clock) = (Mint { is_down: true, ..Mint::default() }, ByHand::default());
    let builder = Client::builder().token_provider(mint.clone()).clock(clock.clone());
    let tokens = builder.retry(Retry::none()).build().unwrap().tokens;
    let stuck = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let waiting = stuck.enter();
    let mut first = Box::pin(tokens.get());
    assert!(futures_util::poll!(first.as_mut()).is_pending());
    drop(waiting);
    *clock.0.lock().unwrap() += Duration::from_secs(17);
    let mut second = Box::pin(tokens.get());
    assert!(futures_util::poll!(second.as_mut()).is_pending());
    // Now the first is driven again. It fails, and that is remembered for a second.
    std::thread::spawn(move || stuck.block_on(background())).join().unwrap();
    assert!(tokens.get().await.is_err());
    *clock.0.lock().unwrap() += Duration::from_secs(1);
    let mut third = Box::pin(tokens.get());
    assert!(futures_util::poll!(third.as_mut()).is_pending());
    background().await;
    assert_eq!(mint.asked.load(Ordering::SeqCst), 2, "the third caller joined the second");
}
