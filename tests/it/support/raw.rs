//! A server that sends the bytes it is told, for what no HTTP server would send.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub struct RawServer {
    pub uri: String,
    task: JoinHandle<()>,
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Sends each connection the bytes, once a request has begun to arrive, and closes it, unless it
/// is to stall.
pub async fn serve_bytes(bytes: &'static [u8], stall: bool) -> RawServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_err() || stream.write_all(bytes).await.is_err() {
                    return;
                }
                if stall {
                    // Until the client gives up and closes.
                    while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
                }
            });
        }
    });
    RawServer { uri, task }
}
