//! Plays a script on a connection.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Script, Step};

/// The largest request that a script reads. A larger one ends the connection.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;
/// The largest head of a request.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 128;

/// Records what happens while a script is played.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorder<'a> {
    /// The number of bytes sent.
    pub(crate) sent: &'a AtomicU64,
    /// The requests received.
    pub(crate) requests: &'a Mutex<Vec<Bytes>>,
}

/// Plays a script to its end, or until the peer goes away or sends no request where one is to be received.
pub(crate) async fn play(script: &Script, mut stream: TcpStream, recorder: Recorder<'_>) {
    // Nobody is left to be told: the connection is closed.
    let _ = steps(script, &mut stream, recorder).await;
}

async fn steps(script: &Script, stream: &mut TcpStream, recorder: Recorder<'_>) -> io::Result<()> {
    let mut unread = BytesMut::new();
    for step in script.steps() {
        match step {
            Step::Receive => {
                let request = receive(stream, &mut unread).await?;
                recorder.requests.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(request);
            }
            Step::Send(bytes) => send(stream, bytes, recorder).await?,
            Step::SendForever(bytes) if bytes.is_empty() => drain(stream).await?,
            Step::SendForever(bytes) => loop {
                send(stream, bytes, recorder).await?;
            },
            Step::Hang => drain(stream).await?,
            Step::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    // A close with bytes still unread would be a reset, and what was sent could be lost.
    stream.shutdown().await?;
    drain(stream).await
}

async fn send(stream: &mut TcpStream, bytes: &[u8], recorder: Recorder<'_>) -> io::Result<()> {
    stream.write_all(bytes).await?;
    recorder.sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    Ok(())
}

/// Reads until the other side closes.
async fn drain(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

/// Reads one request. What follows it stays in `unread`.
async fn receive(stream: &mut (impl AsyncRead + Unpin), unread: &mut BytesMut) -> io::Result<Bytes> {
    loop {
        if let Some(length) = request_length(unread)?
            && unread.len() >= length
        {
            return Ok(unread.split_to(length).freeze());
        }
        if stream.read_buf(unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The length of the request at the start of the bytes, once its head is there.
fn request_length(bytes: &[u8]) -> io::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) if bytes.len() < LARGEST_HEAD => return Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => return Err(io::ErrorKind::InvalidData.into()),
    };
    let declared = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"));
    let body = match declared {
        None => 0,
        Some(header) => std::str::from_utf8(header.value)
            .ok()
            .and_then(|text| text.trim().parse::<usize>().ok())
            .ok_or(io::ErrorKind::InvalidData)?,
    };
    match head.checked_add(body) {
        Some(length) if length <= LARGEST_REQUEST => Ok(Some(length)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_as_long_as_it_says() {
        for (bytes, length) in [
            ("GET / HTTP/1.1\r\n\r\nmore", Some(18)),
            ("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", Some(41)),
            ("POST / HTTP/1.1\r\ncontent-le", None),
        ] {
            assert_eq!(request_length(bytes.as_bytes()).unwrap(), length, "{bytes}");
        }
        for bad in ["\0\0\r\n\r\n", "POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"] {
            assert!(request_length(bad.as_bytes()).is_err());
        }
        let huge = format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n", usize::MAX);
        assert!(request_length(huge.as_bytes()).is_err());
        assert!(request_length(format!("GET /{}", "a".repeat(LARGEST_HEAD)).as_bytes()).is_err());
    }
}
