//! A client that takes next to nothing itself: its requests are ready, and answers are only told apart.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// As many requests are under way at once, each on its own connection that is kept.
const CONNECTIONS: usize = 16;

/// Connections to one server.
pub struct Load {
    streams: Vec<TcpStream>,
    buffer: Vec<u8>,
    /// How long the answer before was: one that is as long is there whole.
    length: usize,
}

impl Load {
    /// Connects.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let open = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let streams = (0..CONNECTIONS).map(open).collect::<io::Result<_>>()?;
        Ok(Self { streams, buffer: vec![0; 64 * 1024], length: 0 })
    }

    /// Sends a request this many times, and as often on each connection. When it returns, nothing is under way.
    pub fn send(&mut self, request: &[u8], count: usize) -> io::Result<()> {
        for stream in &mut self.streams {
            stream.write_all(request)?;
        }
        let rounds = count.div_ceil(CONNECTIONS);
        for round in 1..=rounds {
            for stream in &mut self.streams {
                self.length = answer(stream, &mut self.buffer, self.length)?;
                if round < rounds {
                    stream.write_all(request)?;
                }
            }
        }
        Ok(())
    }
}

/// Asks once, and tells the body.
pub fn ask(address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    let mut buffer = vec![0; 64 * 1024];
    let length = answer(&mut stream, &mut buffer, 0)?;
    let head = head_of(&buffer[..length]).unwrap_or_default();
    Ok(buffer[head..length].to_vec())
}

/// Reads one answer to its end and tells how long it is. Anything but success is an error.
fn answer(stream: &mut TcpStream, buffer: &mut [u8], usual: usize) -> io::Result<usize> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        if filled == usual || whole(&buffer[..filled])? == Some(filled) {
            let success = buffer.starts_with(b"HTTP/1.1 200");
            return success.then_some(filled).ok_or_else(|| io::Error::other("an answer of failure"));
        }
    }
}

/// How long the head is, if it is there.
fn head_of(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4)
}

/// How long the answer is to be, if its head is there.
fn whole(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(head) = head_of(bytes) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.map(|length| Some(head + length)).ok_or_else(|| io::Error::other("an answer without a length"))
}
