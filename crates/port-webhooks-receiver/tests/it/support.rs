//! What several tests need.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use port_webhooks_receiver::{ReplayKey, ReplayStore, Reservation, ReservationId, StoreError, WallClock};

/// A clock that a test sets.
#[derive(Clone, Debug, Default)]
pub struct TestClock(Arc<Mutex<Duration>>);

impl TestClock {
    /// In seconds.
    pub fn at(now: u64) -> Self {
        Self::at_time(Duration::from_secs(now))
    }

    pub fn at_time(now: Duration) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    pub fn set(&self, now: u64) {
        *self.0.lock().unwrap() = Duration::from_secs(now);
    }

    pub fn advance(&self, seconds: u64) {
        *self.0.lock().unwrap() += Duration::from_secs(seconds);
    }
}

impl WallClock for TestClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

pub fn from_base64(text: &str) -> Vec<u8> {
    BASE64.decode(text.as_bytes()).unwrap()
}

pub fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub fn from_hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

pub fn to_hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// A store that does nothing but fail, for this reason.
#[derive(Debug)]
pub struct Down(pub &'static str);

impl ReplayStore for Down {
    async fn reserve(&self, _: &ReplayKey, _: ReservationId, _: Duration) -> Result<Reservation, StoreError> {
        Err(StoreError::new(self.0))
    }

    async fn complete(&self, _: &ReplayKey, _: Duration) -> Result<(), StoreError> {
        Err(StoreError::new(self.0))
    }

    async fn release(&self, _: &ReplayKey, _: ReservationId) -> Result<(), StoreError> {
        Err(StoreError::new(self.0))
    }
}
