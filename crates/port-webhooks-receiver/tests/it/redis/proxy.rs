//! A TCP proxy in front of Redis whose connections fail as the test says. Its own address never changes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, copy, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What happens to the connections that are open. Later ones work.
#[derive(Clone, Copy)]
enum Fault {
    /// They are closed.
    Cut,
    /// They stay open and pass no more data.
    Silence,
    /// They pass on the request, and are closed instead of passing on the reply.
    LoseReply,
}

pub struct Proxy {
    address: SocketAddr,
    upstream: Arc<AtomicU16>,
    accepted: Arc<AtomicUsize>,
    faults: watch::Sender<Fault>,
}

impl Proxy {
    /// A proxy of this port of this machine. Port 0 closes each connection at once.
    pub async fn of(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (upstream, accepted) = (Arc::new(AtomicU16::new(port)), Arc::new(AtomicUsize::new(0)));
        let faults = watch::Sender::new(Fault::Cut);
        let proxy =
            Self { address, upstream: Arc::clone(&upstream), accepted: Arc::clone(&accepted), faults };
        let faults = proxy.faults.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                accepted.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass(client, upstream.load(Ordering::SeqCst), faults.subscribe()));
            }
        });
        proxy
    }

    pub fn address(&self) -> String {
        format!("redis://{}", self.address)
    }

    /// Where later connections lead.
    pub fn lead_to(&self, port: u16) {
        self.upstream.store(port, Ordering::SeqCst);
    }

    /// How many connections were accepted.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub fn cut(&self) {
        self.faults.send_replace(Fault::Cut);
    }

    pub fn silence(&self) {
        self.faults.send_replace(Fault::Silence);
    }

    pub fn lose_reply(&self) {
        self.faults.send_replace(Fault::LoseReply);
    }
}

async fn pass(mut client: TcpStream, port: u16, mut faults: watch::Receiver<Fault>) {
    let Ok(mut redis) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut redis) => return,
        changed = faults.changed() => if changed.is_err() { return },
    }
    let fault = *faults.borrow();
    match fault {
        Fault::Cut => {}
        Fault::Silence => std::future::pending().await,
        Fault::LoseReply => {
            let ((mut from_client, _to_client), (mut from_redis, mut to_redis)) =
                (client.split(), redis.split());
            let mut reply = [0];
            tokio::select! {
                _ = copy(&mut from_client, &mut to_redis) => {}
                _ = from_redis.read(&mut reply) => {}
            }
        }
    }
}
