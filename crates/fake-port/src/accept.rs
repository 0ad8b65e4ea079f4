//! Takes connections, one after the other.

use tokio::net::{TcpListener, TcpStream};

/// The next connection. A connection that fails, for lack of descriptors or because its peer left, does not end the server.
pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            return stream;
        }
        // Lets connections end before another is accepted.
        #[allow(clippy::disallowed_methods)] // Without it a server without descriptors would spin.
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
