//! One connection to Redis for all callers, replaced after any error.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo as _};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::clock::runtime::{now, sleep_until};
use crate::config::{ConfigError, ConfigErrorKind};
use crate::replay::store::StoreError;

/// How long a connection is idle before TCP asks whether the peer is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connection {
    client: Client,
    /// Locked while connecting: one caller connects for all.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    /// When connecting was last tried, and how often in a row to no avail.
    tried: Option<Instant>,
    failures: u32,
    /// When and why connecting failed last.
    refused: Option<(Instant, StoreError)>,
}

/// An open connection.
struct Link {
    connection: MultiplexedConnection,
    answered: AtomicBool,
    failed: AtomicBool,
}

impl Connection {
    pub(super) fn new(address: &str) -> Result<Self, ConfigError> {
        let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE);
        let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keep_alive);
        let info = address.into_connection_info().map(|info| info.set_tcp_settings(settings));
        let client = info.and_then(Client::open).map_err(|error| {
            // The address may hold a password: no part of it is repeated.
            let reason = error.to_string().replace(error.detail().unwrap_or_default(), "");
            let what = format!(
                "the address of Redis is not valid: {reason}. It looks like \
                 redis://[user:password@]host[:port][/database]; percent-encode the user and the password. \
                 rediss:// needs a TLS feature of the crate `redis` in your program, such as `tokio-rustls-comp`"
            );
            ConfigError::new(ConfigErrorKind::RedisAddress, what)
        })?;
        Ok(Self { client, state: Mutex::default() })
    }

    /// The answer to a command, within the limit. When a connection that was opened for an earlier command fails, the
    /// command is sent once more over another one, so it may be executed twice.
    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        command: &Cmd,
        limit: Duration,
    ) -> Result<T, StoreError> {
        // Without a runtime, timers and connections panic.
        Handle::try_current().map_err(StoreError::new)?;
        let mut used: Option<Arc<Link>> = None;
        let answer = timeout(limit, async {
            loop {
                let again = used.is_some();
                let (link, new) = self.link(limit).await?;
                let link = used.insert(link);
                match command.query_async(&mut link.connection.clone()).await {
                    Ok(answer) => {
                        link.answered.store(true, Relaxed);
                        return Ok(answer);
                    }
                    Err(error) => {
                        link.failed.store(true, Relaxed);
                        if new || again {
                            return Err(self.error(error));
                        }
                    }
                }
            }
        });
        let answer = answer.await;
        answer.unwrap_or_else(|_| {
            if let Some(link) = used {
                link.failed.store(true, Relaxed);
            }
            Err(self.error(format_args!("no answer within {limit:?}")))
        })
    }

    /// The connection, and whether it was opened for this caller.
    async fn link(&self, limit: Duration) -> Result<(Arc<Link>, bool), StoreError> {
        let asked = now();
        let mut state = self.state.lock().await;
        if let Some(link) = &state.link {
            if !link.failed.load(Relaxed) {
                return Ok((Arc::clone(link), false));
            }
            if link.answered.load(Relaxed) {
                state.failures = 0;
            }
            state.link = None;
        }
        if let Some((at, error)) = &state.refused
            && *at >= asked
        {
            // Another caller has tried while this one waited.
            return Err(error.clone());
        }
        if let Some(tried) = state.tried {
            sleep_until(tried + pause(state.failures, limit)).await;
        }
        state.tried = Some(now());
        state.failures = state.failures.saturating_add(1);
        // The caller's limit holds, and no other.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        match self.client.get_multiplexed_async_connection_with_config(&config).await {
            Ok(connection) => {
                let (answered, failed) = (AtomicBool::new(false), AtomicBool::new(false));
                let link = Arc::new(Link { connection, answered, failed });
                state.link = Some(Arc::clone(&link));
                Ok((link, true))
            }
            Err(error) => {
                let error = self.error(error);
                state.refused = Some((now(), error.clone()));
                Err(error)
            }
        }
    }

    /// It names the address, which is without the password here.
    fn error(&self, reason: impl Display) -> StoreError {
        StoreError::new(format!("Redis at {}: {reason}", self.client.get_connection_info().addr()))
    }
}

/// The least time between two attempts to connect. It is short, so that a Redis that is back is found by the next
/// caller within the caller's limit.
fn pause(failures: u32, limit: Duration) -> Duration {
    let grown = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10));
    if failures == 0 { Duration::ZERO } else { grown.min(LONGEST_PAUSE).min(limit / 4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pause_grows_from_nothing_to_a_tenth_of_a_second() {
        let pauses =
            |limit| [0, 1, 2, 3, 4, 5, 6, u32::MAX].map(|failures| pause(failures, limit).as_millis());
        assert_eq!(pauses(Duration::from_secs(1)), [0, 10, 20, 40, 80, 100, 100, 100]);
        assert_eq!(pauses(Duration::from_millis(60)), [0, 10, 15, 15, 15, 15, 15, 15]);
    }
}
