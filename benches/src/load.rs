//! A client that takes next to no time: its requests are ready to send, and it only looks for the end of each response.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

/// How many requests are under way at once, each on its own persistent connection.
const CONNECTIONS: usize = 16;

/// Connections to one server.
pub struct Load {
    streams: Vec<TcpStream>,
    buffer: Vec<u8>,
    /// The length of the last response: one of the same length is complete.
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

    /// Sends a request `count` times, equally often on each connection, and waits for all responses.
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

/// Sends one request, and returns the body of its response.
pub fn ask(address: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request)?;
    let mut buffer = vec![0; 64 * 1024];
    let length = answer(&mut stream, &mut buffer, 0)?;
    let head = head_of(&buffer[..length]).unwrap_or_default();
    Ok(buffer[head..length].to_vec())
}

/// Reads one response to its end and returns its length. Anything but 200 is an error.
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
            return success.then_some(filled).ok_or_else(|| io::Error::other("the response is not 200"));
        }
    }
}

/// The length of the head, if it is complete.
fn head_of(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|end| end == b"\r\n\r\n").map(|at| at + 4)
}

/// The length of the whole response, if its head is complete.
fn whole(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(head) = head_of(bytes) else { return Ok(None) };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    length.map(|length| Some(head + length)).ok_or_else(|| io::Error::other("a response without a length"))
}
