//! One connection to Redis for all callers, replaced after any error.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo as _, RedisResult};
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout_at};

use crate::clock::runtime::{now, sleep_until};
use crate::config::{ConfigError, ConfigErrorKind};
use crate::replay::store::StoreError;

/// A peer that is gone without a word is noticed after about this time, and a firewall keeps the connection open.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connection {
    client: Client,
    /// Held while connecting: one caller connects for all.
    connecting: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<MultiplexedConnection>,
    /// How often connecting has ended, well or not. The number of the open connection.
    attempts: u64,
    /// Why the last attempt failed.
    refused: Option<StoreError>,
    /// Errors since the last answer.
    failures: u32,
    /// When the next attempt may start.
    not_before: Option<Instant>,
}

/// A connection to ask over.
struct Lease {
    connection: MultiplexedConnection,
    number: u64,
    /// Whether it was opened for this caller.
    new: bool,
}

impl Connection {
    pub(super) fn new(address: &str) -> Result<Self, ConfigError> {
        let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE);
        let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keep_alive);
        let client = address
            .into_connection_info()
            .and_then(|info| Client::open(info.set_tcp_settings(settings)))
            .map_err(|error| {
                ConfigError::new(ConfigErrorKind::RedisAddress, wrong_address(address, &error))
            })?;
        Ok(Self { client, connecting: tokio::sync::Mutex::default(), state: Mutex::default() })
    }

    /// The answer to a command, within this time. The command may be executed twice: when a connection that was opened
    /// earlier fails, it is replaced and the command sent once more.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        command: &Cmd,
        timeout: Duration,
    ) -> Result<T, StoreError> {
        // Without a runtime, timers and connections panic.
        Handle::try_current().map_err(StoreError::new)?;
        let deadline = now() + timeout;
        let lease = self.lease(deadline, timeout).await?;
        match self.send(command, &lease, deadline, timeout).await {
            Err(_) if !lease.new && now() < deadline => {
                let lease = self.lease(deadline, timeout).await?;
                self.send(command, &lease, deadline, timeout).await
            }
            answer => answer,
        }
    }

    async fn send<T: FromRedisValue>(
        &self,
        command: &Cmd,
        lease: &Lease,
        deadline: Instant,
        timeout: Duration,
    ) -> Result<T, StoreError> {
        let mut connection = lease.connection.clone();
        let answer = timeout_at(deadline, command.query_async(&mut connection)).await;
        let mut state = self.state();
        match answer {
            Ok(Ok(answer)) => {
                state.failures = 0;
                Ok(answer)
            }
            Ok(Err(error)) => Err(state.failed(lease.number, now(), timeout, self.error(&error))),
            Err(_) => Err(state.failed(lease.number, now(), timeout, self.error(&no_answer(timeout)))),
        }
    }

    /// The open connection, or a new one.
    async fn lease(&self, deadline: Instant, timeout: Duration) -> Result<Lease, StoreError> {
        let attempts = {
            let state = self.state();
            if let Some(lease) = state.lease() {
                return Ok(lease);
            }
            state.attempts
        };
        let late = |_| self.error(&no_answer(timeout));
        let _one_at_a_time = timeout_at(deadline, self.connecting.lock()).await.map_err(late)?;
        let not_before = {
            let state = self.state();
            if let Some(lease) = state.lease() {
                return Ok(lease);
            }
            match &state.refused {
                // Another caller has tried meanwhile.
                Some(error) if state.attempts != attempts => return Err(error.clone()),
                _ => state.not_before,
            }
        };
        if let Some(not_before) = not_before {
            timeout_at(deadline, sleep_until(not_before)).await.map_err(late)?;
        }
        let connected = timeout_at(deadline, self.connect()).await;
        let mut state = self.state();
        state.attempts += 1;
        let error = match connected {
            Ok(Ok(connection)) => {
                state.refused = None;
                state.open = Some(connection.clone());
                return Ok(Lease { connection, number: state.attempts, new: true });
            }
            Ok(Err(error)) => self.error(&format_args!("cannot connect: {error}")),
            Err(_) => self.error(&format_args!("cannot connect: {}", no_answer(timeout))),
        };
        state.refused = Some(error.clone());
        let number = state.attempts;
        Err(state.failed(number, now(), timeout, error))
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        // The caller's deadline holds, and no other.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It names the address, which is without the password.
    fn error(&self, reason: &impl std::fmt::Display) -> StoreError {
        StoreError::new(format!("Redis at {}: {reason}", self.client.get_connection_info().addr()))
    }
}

impl State {
    fn lease(&self) -> Option<Lease> {
        let connection = self.open.clone()?;
        Some(Lease { connection, number: self.attempts, new: false })
    }

    /// Notes an error of the connection of this number, unless that was replaced before.
    fn failed(&mut self, number: u64, now: Instant, timeout: Duration, error: StoreError) -> StoreError {
        if number == self.attempts {
            self.open = None;
            self.not_before = Some(now + pause(self.failures, timeout));
            self.failures = self.failures.saturating_add(1);
        }
        error
    }
}

/// How long to wait before connecting again: not at all after the first error. It is short beside the caller's timeout,
/// so that a Redis that is back is found by the next caller.
fn pause(failures: u32, timeout: Duration) -> Duration {
    match failures {
        0 => Duration::ZERO,
        more => FIRST_PAUSE.saturating_mul(1 << (more - 1).min(10)).min(LONGEST_PAUSE).min(timeout / 4),
    }
}

fn no_answer(timeout: Duration) -> String {
    format!("no answer within {timeout:?}")
}

/// The address itself may hold a password and is not repeated.
fn wrong_address(address: &str, error: &redis::RedisError) -> String {
    if let Some((scheme @ ("rediss" | "valkeys"), rest)) = address
        .split_once(':')
        .map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest))
        .as_ref()
        .map(|(s, r)| (s.as_str(), *r))
        && format!("redis:{rest}").into_connection_info().is_ok()
    {
        return format!(
            "an address that begins with {scheme}:// needs a TLS feature of the crate `redis`: enable it in your \
             program, for example `tokio-rustls-comp`"
        );
    }
    format!(
        "the address of Redis is not valid: {error}; it looks like redis://[user:password@]host[:port][/database], and \
         user and password are percent-encoded"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_grows_from_nothing_to_a_tenth_of_a_second() {
        let pauses =
            |timeout| [0, 1, 2, 3, 4, 5, 6, u32::MAX].map(|failures| pause(failures, timeout).as_millis());
        assert_eq!(pauses(Duration::from_secs(1)), [0, 10, 20, 40, 80, 100, 100, 100]);
        assert_eq!(pauses(Duration::from_millis(60)), [0, 10, 15, 15, 15, 15, 15, 15]);
    }

    #[test]
    fn error_of_a_connection_that_was_replaced_is_ignored() {
        let start = now();
        let after = |error: u32| {
            let mut state = State { attempts: 7, ..State::default() };
            for at in 0..error {
                state.failed(
                    7,
                    start + Duration::from_secs(at.into()),
                    Duration::from_secs(1),
                    StoreError::new("x"),
                );
            }
            state
        };
        assert_eq!(after(1).not_before, Some(start));
        assert_eq!(after(3).not_before, Some(start + Duration::from_millis(2020)));
        let mut state = after(1);
        state.failed(6, start + Duration::from_secs(9), Duration::from_secs(1), StoreError::new("x"));
        assert_eq!((state.failures, state.not_before), (1, Some(start)));
    }
}
