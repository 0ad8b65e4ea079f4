//! Plays a script on a connection.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{Script, ScriptStep};

/// The largest request that a script reads. A larger one ends the connection.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;
/// The largest head of a request.
const LARGEST_HEAD: usize = 64 * 1024;
const MOST_HEADERS: usize = 128;

/// Plays a script. Counts the bytes sent, and hands over each request received.
///
/// # Errors
///
/// When the peer goes away, or sends no request where one is to be received. The connection is closed in any case.
pub(crate) async fn play(
    script: &Script,
    mut stream: TcpStream,
    sent: &AtomicU64,
    received: impl Fn(Bytes),
) -> io::Result<()> {
    let mut unread = BytesMut::new();
    let stream = &mut stream;
    for step in script.steps() {
        match step {
            ScriptStep::Receive => received(receive(stream, &mut unread, true).await?),
            ScriptStep::ReceiveHead => received(receive(stream, &mut unread, false).await?),
            ScriptStep::Send(bytes) => send(stream, bytes, sent).await?,
            ScriptStep::SendForever(bytes) if bytes.is_empty() => drain(stream).await?,
            ScriptStep::SendForever(bytes) => loop {
                send(stream, bytes, sent).await?;
            },
            ScriptStep::Hang => drain(stream).await?,
            ScriptStep::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    // To close with unread bytes would reset the connection, and the other side could lose what was sent.
    stream.shutdown().await?;
    drain(stream).await
}

async fn send(stream: &mut TcpStream, bytes: &[u8], sent: &AtomicU64) -> io::Result<()> {
    stream.write_all(bytes).await?;
    sent.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    Ok(())
}

/// Reads until the other side closes.
async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

/// Reads one request, or its head alone. The bytes after it stay in `unread`.
async fn receive(stream: &mut TcpStream, unread: &mut BytesMut, body: bool) -> io::Result<Bytes> {
    loop {
        if let Some(length) = request_length(unread, body)?
            && unread.len() >= length
        {
            return Ok(unread.split_to(length).freeze());
        }
        if stream.read_buf(unread).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// The length of a request with or without its body, once its head has arrived.
fn request_length(bytes: &[u8], body: bool) -> io::Result<Option<usize>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let head = match request.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) if bytes.len() < LARGEST_HEAD => return Ok(None),
        Ok(httparse::Status::Partial) | Err(_) => return Err(io::ErrorKind::InvalidData.into()),
    };
    if !body {
        return Ok(Some(head));
    }
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
