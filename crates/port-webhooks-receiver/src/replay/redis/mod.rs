//! Remembers deliveries for several replicas.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use redis::cmd;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use self::connection::Connection;
use super::store::{ReplayStore, Reservation, ReservationId, StoreError};
use crate::clock::runtime;
use crate::config::ConfigError;
use crate::replay_key::ReplayKey;

mod connection;

/// Remembers deliveries in Redis, so that several replicas together handle each once. Needs Redis 2.6.12 or later, or
/// a compatible server.
///
/// It connects when it is first used, and all its clones share one connection. After any error that connection is
/// replaced: one that fails after it has worked is replaced at once and the command sent once more, within the
/// [timeout](Self::timeout). A Redis that still cannot be reached or does not answer in time is an error;
/// [`ReplayGuard::on_store_error`](crate::ReplayGuard::on_store_error) says what happens then.
///
/// What Redis has to persist, and which commands a user of Redis needs, is in the
/// [README](crate#redis).
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
    connection: Arc<Connection>,
    timeout: Duration,
    prefix: String,
}

/// Reserves `KEYS[1]` for the id `ARGV[1]` and `ARGV[2]` milliseconds: 0 when it was free or this id has reserved it, as
/// when the command is sent again; 1 and the time left when another has; 2 when it is done.
const RESERVE: &str = "\
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return {0, 0} end
local value = redis.call('GET', KEYS[1])
if value == ARGV[1] then return {0, 0} end
if value == 'done' then return {2, 0} end
return {1, redis.call('PTTL', KEYS[1])}";

const RELEASE: &str = "\
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0";

impl RedisStore {
    /// A store at this address: `redis://[user:password@]host[:port][/database]`, or `rediss://` if your program enables
    /// a TLS feature of the crate `redis`; user and password percent-encoded. Default prefix: `port-webhooks:`. Default
    /// timeout: one second.
    ///
    /// It does not connect yet: [`ping`](Self::ping) does. It is used inside a tokio runtime with I/O and timers, on which
    /// its connection lives.
    ///
    /// # Errors
    /// When the address is not valid, or needs TLS and no TLS feature is enabled.
    pub fn new(address: &str) -> Result<Self, ConfigError> {
        let connection = Arc::new(Connection::new(address)?);
        Ok(Self { connection, timeout: Duration::from_secs(1), prefix: "port-webhooks:".to_owned() })
    }

    /// What the names of its keys begin with. Receivers with different endpoints need different prefixes.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long each answer may take, with connecting and with sending a command once more. From a millisecond to an
    /// hour; what is outside counts as the nearer of the two.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(Duration::from_millis(1), Duration::from_secs(60 * 60));
        self
    }

    /// Whether Redis answers, for a readiness probe or when a service starts.
    ///
    /// ```no_run
    /// # async fn check(store: &port_webhooks_receiver::RedisStore) {
    /// if let Err(error) = store.ping().await {
    ///     eprintln!("not ready: {error:#}");
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it cannot be reached, refuses the user or the password, or does not answer within the
    /// [timeout](Self::timeout).
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.connection.ask(&cmd("PING"), self.timeout).await
    }

    fn key(&self, key: &ReplayKey) -> String {
        // The names of keys show in logs and dumps, and with a MAC its delivery could be made again.
        format!("{}{}", self.prefix, HEXLOWER.encode(&Sha256::digest(key.as_bytes())))
    }
}

/// Redis takes no time of zero.
fn milliseconds(duration: Duration) -> u64 {
    // More than Redis can count would be an error there.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 50)
}

impl ReplayStore for RedisStore {
    async fn reserve(
        &self,
        key: &ReplayKey,
        id: ReservationId,
        lasts: Duration,
    ) -> Result<Reservation, StoreError> {
        let mut command = cmd("EVAL");
        command.arg(RESERVE).arg(1).arg(self.key(key));
        command.arg(id.to_string()).arg(milliseconds(lasts));
        let (state, left): (i64, i64) = self.connection.ask(&command, self.timeout).await?;
        Ok(match state {
            0 => Reservation::Fresh,
            // Less than nothing is left when it ended just now.
            1 => Reservation::InFlight(Duration::from_millis(u64::try_from(left).unwrap_or(0))),
            _ => Reservation::Done,
        })
    }

    async fn complete(&self, key: &ReplayKey, lasts: Duration) -> Result<(), StoreError> {
        let mut command = cmd("SET");
        command.arg(self.key(key)).arg("done").arg("PX").arg(milliseconds(lasts));
        self.connection.ask(&command, self.timeout).await
    }

    async fn release(&self, key: &ReplayKey, id: ReservationId) -> Result<(), StoreError> {
        let mut command = cmd("EVAL");
        command.arg(RELEASE).arg(1).arg(self.key(key)).arg(id.to_string());
        self.connection.ask(&command, self.timeout).await
    }

    fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        // A runtime that has ended takes nothing more; the reservation ends by itself.
        if let Ok(handle) = Handle::try_current() {
            handle.spawn(work);
        }
    }

    fn sleep(&self, lasts: Duration) -> Option<impl Future<Output = ()> + Send + 'static> {
        Handle::try_current().is_ok().then(|| runtime::sleep(lasts))
    }
}

/// The address is left out: it may hold a password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
