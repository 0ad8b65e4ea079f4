//! One connection to Redis for all callers, replaced after any error.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, IntoConnectionInfo as _, RedisError};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use crate::clock::runtime::{now, sleep_until};
use crate::config::{ConfigError, ConfigErrorKind};
use crate::replay::store::StoreError;

/// How long a connection is idle before TCP asks whether the peer is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// The least time between two attempts to connect. A caller waits for it, so that a Redis that is back is found by the
/// next caller.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connection {
    client: Client,
    /// Locked while connecting: one caller connects for all.
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    link: Option<Arc<Link>>,
    /// When connecting was last tried.
    tried: Option<Instant>,
    /// When and why it last failed.
    refused: Option<(Instant, RedisError)>,
}

/// An open connection.
struct Link {
    connection: MultiplexedConnection,
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
        Ok(Self { client, state: Arc::default() })
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
                    Ok(answer) => return Ok(answer),
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
        let mut state = Arc::clone(&self.state).lock_owned().await;
        if let Some(link) = &state.link
            && !link.failed.load(Relaxed)
        {
            return Ok((Arc::clone(link), false));
        }
        state.link = None;
        if let Some((at, error)) = &state.refused
            && *at >= asked
        {
            // Another caller has tried while this one waited.
            return Err(self.error(error));
        }
        let client = self.client.clone();
        // In a task, so that it goes on for those who wait when this caller's time is over.
        let connecting = tokio::spawn(async move {
            if let Some(tried) = state.tried {
                sleep_until(tried + PAUSE.min(limit / 4)).await;
            }
            state.tried = Some(now());
            let config = AsyncConnectionConfig::new()
                .set_connection_timeout(Some(limit))
                // The limit of each command holds, and no other.
                .set_response_timeout(None);
            match client.get_multiplexed_async_connection_with_config(&config).await {
                Ok(connection) => {
                    let link = Arc::new(Link { connection, failed: AtomicBool::new(false) });
                    state.link = Some(Arc::clone(&link));
                    Ok((link, true))
                }
                Err(error) => {
                    state.refused = Some((now(), error.clone()));
                    Err(error)
                }
            }
        });
        // It panics when rustls has no cryptographic provider.
        connecting.await.map_err(|error| self.error(error))?.map_err(|error| self.error(error))
    }

    /// It names the address, which is without the password here.
    fn error(&self, reason: impl Display) -> StoreError {
        StoreError::new(format!("Redis at {}: {reason}", self.client.get_connection_info().addr()))
    }
}
