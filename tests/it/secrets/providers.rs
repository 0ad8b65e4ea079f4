//! Token providers that fail, or return a token that cannot be sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fake_port::FakePort;
use port_webhooks::{
    Client,
    types::{AccessToken, TokenError, TokenProvider},
};

use super::canary::{CLIENT_SECRET, TOKEN, assert_hidden, printed};
use super::drive::{every_call, panics_hide};
use super::watch::Watcher;
use crate::support::{Log, StallClock, Stalls};

/// Knows a secret, and answers otherwise each time.
struct Vault {
    #[allow(dead_code)] // to be shown by mistake
    password: &'static str,
    asked: AtomicUsize,
    never_answered: Arc<AtomicUsize>,
}

impl TokenProvider for Vault {
    async fn token(&self) -> Result<AccessToken, TokenError> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        match turn % 6 {
            0 => Ok(AccessToken::new(TOKEN)),
            1 => Ok(AccessToken::new(format!("{TOKEN}\n"))),
            2 => Ok(AccessToken::new(format!("{TOKEN}ü\0")).lives_for(Duration::MAX)),
            3 => Err(TokenError::unavailable("the vault is sealed")),
            4 => {
                self.never_answered.fetch_add(1, Ordering::SeqCst);
                std::future::pending().await
            }
            _ => Err(TokenError::refused(std::io::Error::other("the vault says no"))),
        }
    }
}

#[tokio::test]
async fn a_provider_that_fails_shows_no_token() {
    let (log, watcher) = (Log::default(), Watcher::default());
    let recording = log.record();
    let fake = FakePort::start().await;
    let attempt = Duration::from_millis(20);
    let (asked, never_answered) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let vault = Vault { password: CLIENT_SECRET, asked, never_answered: Arc::clone(&never_answered) };
    let stalls = move || Stalls { requests: never_answered.load(Ordering::SeqCst), bodies: 0 };
    let clock = StallClock::new(attempt, stalls);
    let builder = Client::builder().token_provider(vault).base_url(fake.uri()).clock(clock.clone());
    assert_hidden(&format!("{builder:?}"));
    let port = builder.attempt_timeout(attempt).observer(watcher.clone()).build().unwrap();
    assert_hidden(&format!("{port:?} {port:#?}"));
    let mut errors = Vec::new();
    for _ in 0..12 {
        errors.extend(every_call(&port.webhooks()).await);
        let result = port.webhooks().get("a").await;
        assert_hidden(&printed(&result));
        // A refusal is remembered for a while.
        clock.advance(Duration::from_secs(100));
    }
    drop(recording);
    let text = log.text();
    for part in ["Timeout", "Authentication", "Server"] {
        assert!(text.contains(part), "{part} is not in the trace");
    }
    assert_hidden(&text);
    assert_hidden(&watcher.text());
    panics_hide(errors);
}
