//! A server that plays scripts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{Script, play};
use crate::accept::accept;

/// A TCP server on a free port of 127.0.0.1 that plays scripts: the first connection gets the first script, the second
/// the second, and all further connections get the last one. It stops when it is dropped.
///
/// It does what an HTTP server would not: break off a body, stall, send bytes that are not HTTP, send without end. It
/// needs no [`FakePort`](crate::FakePort), and can run beside one, for instance as the other origin of a redirect.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{Script, ScriptedServer};
///
/// let server = ScriptedServer::start([Script::not_http(), Script::response(200, r#"{"ok":true}"#)]).await?;
/// assert!(reqwest::get(server.uri()).await.is_err());
/// assert_eq!(reqwest::get(server.uri()).await?.text().await?, r#"{"ok":true}"#);
/// assert_eq!(server.connections(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ScriptedServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Ends with the server.
    _connections: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Shared {
    scripts: Vec<Script>,
    connections: AtomicUsize,
    sent: AtomicU64,
    requests: Mutex<Vec<Bytes>>,
}

impl Shared {
    fn requests(&self) -> MutexGuard<'_, Vec<Bytes>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScriptedServer {
    /// Starts the server. Without any script it closes every connection at once.
    ///
    /// # Errors
    ///
    /// When the system has no free port.
    pub async fn start(scripts: impl IntoIterator<Item = Script>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let mut scripts: Vec<_> = scripts.into_iter().collect();
        if scripts.is_empty() {
            scripts.push(Script::new());
        }
        let shared = Arc::new(Shared { scripts, ..Shared::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(play_all(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, _connections: tasks })
    }

    /// The base URL, without a slash at the end.
    pub fn uri(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// How many bytes were sent. The other side need not have read them.
    pub fn bytes_sent(&self) -> u64 {
        self.shared.sent.load(Ordering::SeqCst)
    }

    /// The bytes of each request that was received, credentials included.
    pub fn requests(&self) -> Vec<Bytes> {
        self.shared.requests().clone()
    }
}

async fn play_all(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = accept(&listener).await;
        let number = shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(&shared);
        connections.spawn(async move {
            let last = shared.scripts.len() - 1;
            let script = &shared.scripts[number.min(last)];
            let record = |request| shared.requests().push(request);
            // An error is a peer that left.
            let _ = play(script, stream, &shared.sent, record).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
