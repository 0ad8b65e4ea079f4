//! Sends prepared responses, with a thread for each connection.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// A webhook as Port's documentation shows one.
const WEBHOOK: &str = r#"{"identifier":"entity-updated-webhook","title":"Entity Updated Notifications","description":"Send notifications when entities are updated","url":"https://api.example.com/webhooks/port","events":["entity.created","entity.updated","entity.deleted"],"headers":{"X-API-Key":"your-api-key","X-Source":"port"},"enabled":true,"createdAt":"2024-01-15T10:30:00.000Z","updatedAt":"2024-01-15T10:30:00.000Z","createdBy":"user-1","updatedBy":"user-1"}"#;

/// Answers each request by its first line.
pub fn serve(answer: impl Fn(&str) -> &'static [u8] + Send + Sync + 'static) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || play(stream, &*answer));
        }
    });
    Ok(address)
}

/// Answers the calls that are compared.
pub fn webhooks() -> io::Result<SocketAddr> {
    let one = response("200 OK", &format!(r#"{{"ok":true,"webhook":{WEBHOOK}}}"#));
    let created = response("201 Created", &format!(r#"{{"ok":true,"webhook":{WEBHOOK}}}"#));
    let list = response("200 OK", &format!(r#"{{"ok":true,"webhooks":[{}]}}"#, [WEBHOOK; 10].join(",")));
    let token = r#"{"ok":true,"accessToken":"token","expiresIn":10800,"tokenType":"Bearer"}"#;
    let token = response("200 OK", token);
    serve(move |line| match line {
        line if line.starts_with("POST /v1/auth") => token,
        line if line.starts_with("POST") => created,
        line if line.starts_with("GET /v1/webhooks/") => one,
        _ => list,
    })
}

/// A response, for as long as the program runs.
pub fn response(status: &str, body: &str) -> &'static [u8] {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n\
         x-trace-id: 0123456789abcdef\r\nx-ratelimit-limit: 1000\r\nx-ratelimit-remaining: 999\r\n\
         x-ratelimit-reset: 300\r\ndate: Mon, 15 Jan 2024 10:30:00 GMT\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat().leak()
}

fn play(stream: TcpStream, answer: &impl Fn(&str) -> &'static [u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut first, mut line, mut body) = (String::new(), String::new(), Vec::new());
    while stream.read_line(&mut first)? > 0 {
        let mut length = 0;
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        line.clear();
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
        stream.get_mut().write_all(answer(&first))?;
        first.clear();
    }
    Ok(())
}
