//! Remembers deliveries for several replicas.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, Cmd, FromRedisValue, cmd};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::store::{BoxFuture, ReplayStore, Reservation, ReservationId, StoreError};
use crate::replay_key::ReplayKey;
use data_encoding::HEXLOWER;

/// Remembers deliveries in Redis, so that several replicas together handle each once. Needs Redis 2.6.12 or later, or
/// a compatible server.
///
/// It connects when it is first used, and again when the connection is lost. A Redis that cannot be reached, or does
/// not answer within the [timeout](Self::timeout), is an error;
/// [`ReplayGuard::on_store_error`](crate::ReplayGuard::on_store_error) says what happens then. A Redis that evicts keys forgets
/// deliveries: run it with `maxmemory-policy noeviction`.
///
/// ```no_run
/// use port_webhooks_receiver::{RedisStore, ReplayGuard};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let guard = ReplayGuard::new(RedisStore::new("redis://127.0.0.1:6379")?.prefix("orders:port:"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    client: Client,
    connection: ConnectionManager,
    prefix: String,
}

/// Reserves `KEYS[1]` for `ARGV[1]` and so many milliseconds: 0 when it was free, 1 and the time left when it
/// is reserved, 2 when it is done.
const RESERVE: &str = "\
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {0, 0} end
if redis.call('GET', KEYS[1]) == 'done' then return {2, 0} end
return {1, redis.call('PTTL', KEYS[1])}";

const RELEASE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

impl RedisStore {
    /// A store at this address: `redis://[user:password@]host:port[/database]`, or `rediss://` if your program enables
    /// a TLS feature of the crate `redis`. Default prefix: `port-webhooks:`. Default timeout: one second.
    ///
    /// Call it inside a tokio runtime. It does not connect yet.
    ///
    /// # Errors
    /// When the address is not valid, or there is no tokio runtime.
    pub fn new(address: &str) -> Result<Self, StoreError> {
        let client = Client::open(address).map_err(StoreError::new)?;
        let connection = connection(&client, Duration::from_secs(1))?;
        Ok(Self { client, connection, prefix: "port-webhooks:".to_owned() })
    }

    /// What the names of its keys begin with. Receivers with different endpoints need different prefixes.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long connecting may take, and each answer.
    ///
    /// # Errors
    /// When there is no tokio runtime.
    pub fn timeout(mut self, timeout: Duration) -> Result<Self, StoreError> {
        self.connection = connection(&self.client, timeout)?;
        Ok(self)
    }

    fn key(&self, key: &ReplayKey) -> String {
        // The names of keys show in logs and dumps, and with a MAC its delivery could be made again.
        format!("{}{}", self.prefix, HEXLOWER.encode(&Sha256::digest(key.as_bytes())))
    }

    async fn ask<T: FromRedisValue>(&self, question: Cmd) -> Result<T, StoreError> {
        question.query_async(&mut self.connection.clone()).await.map_err(StoreError::new)
    }
}

/// The guard's answer is waited for: it is better to fail at once than to try again.
fn connection(client: &Client, timeout: Duration) -> Result<ConnectionManager, StoreError> {
    // Without a runtime, setting it up would panic.
    Handle::try_current().map_err(StoreError::new)?;
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(Some(timeout));
    ConnectionManager::new_lazy_with_config(client.clone(), config).map_err(StoreError::new)
}

/// Redis takes no time of zero.
fn milliseconds(duration: Duration) -> u64 {
    // More than Redis can count would be an error there.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 50)
}

impl ReplayStore for RedisStore {
    fn reserve<'a>(
        &'a self,
        key: &'a ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> BoxFuture<'a, Result<Reservation, StoreError>> {
        Box::pin(async move {
            let mut question = cmd("EVAL");
            question.arg(RESERVE).arg(1).arg(self.key(key));
            question.arg(id.to_string()).arg(milliseconds(lasts));
            let (state, left): (i64, i64) = self.ask(question).await?;
            Ok(match state {
                0 => Reservation::Fresh,
                // Less than nothing is left when it ended just now.
                1 => Reservation::InFlight(Duration::from_millis(u64::try_from(left).unwrap_or(0))),
                _ => Reservation::Done,
            })
        })
    }

    fn complete<'a>(&'a self, key: &'a ReplayKey, lasts: Duration) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut question = cmd("SET");
            question.arg(self.key(key)).arg("done").arg("PX").arg(milliseconds(lasts));
            self.ask(question).await
        })
    }

    fn release<'a>(&'a self, key: &'a ReplayKey, id: ReservationId) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let mut question = cmd("EVAL");
            question.arg(RELEASE).arg(1).arg(self.key(key)).arg(id.to_string());
            self.ask::<i64>(question).await.map(|_| ())
        })
    }

    fn in_background(&self, work: BoxFuture<'static, ()>) {
        // A runtime that has ended takes nothing more; the reservation ends by itself.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(work);
        }
    }
}

/// The address is left out: it may hold a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
