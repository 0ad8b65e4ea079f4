//! Receivers that answer in ways that no HTTP library would.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// Listens, and hands the first connection over; the address, and what that returns.
pub(crate) fn once<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Answers the first request with these bytes, and returns the request: its head and its body.
pub(crate) fn answering(answer: impl Into<Vec<u8>>) -> (SocketAddr, JoinHandle<(String, Vec<u8>)>) {
    let answer = answer.into();
    once(move |mut stream| {
        let request = request(&mut stream);
        // The sender may close before it has read everything.
        let _ = stream.write_all(&answer);
        request
    })
}

/// Reads a request.
pub(crate) fn request(stream: &mut impl Read) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    (head, body)
}
