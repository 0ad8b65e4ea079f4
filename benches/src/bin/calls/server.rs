//! Plays answers that are made beforehand, to whoever connects.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use port_webhooks_benches::served::{self, Served};

use crate::Failed;

/// A webhook as Port's documentation shows one.
const WEBHOOK: &str = r#"{"identifier":"entity-updated-webhook","title":"Entity Updated Notifications","description":"Send notifications when entities are updated","url":"https://api.example.com/webhooks/port","events":["entity.created","entity.updated","entity.deleted"],"headers":{"X-API-Key":"your-api-key","X-Source":"port"},"enabled":true,"createdAt":"2024-01-15T10:30:00.000Z","updatedAt":"2024-01-15T10:30:00.000Z","createdBy":"user-1","updatedBy":"user-1"}"#;

/// What it is called as a process of its own.
const NAME: &str = "answers";

/// The server, in a process of its own.
pub(crate) fn start() -> Result<Served, Failed> {
    Served::start(NAME)
}

/// Serves until the input ends, where this process is to be the server.
pub(crate) fn serve_if_wanted() -> Result<(), Failed> {
    if served::wanted().is_none() {
        return Ok(());
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    served::announce(listener.local_addr()?, NAME);
    for stream in listener.incoming().flatten() {
        thread::spawn(move || answer(stream));
    }
    Ok(())
}

fn response(status: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: {}\r\n\
         x-trace-id: 0123456789abcdef\r\nx-ratelimit-limit: 1000\r\nx-ratelimit-remaining: 999\r\n\
         x-ratelimit-reset: 300\r\ndate: Mon, 15 Jan 2024 10:30:00 GMT\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

fn answer(stream: TcpStream) -> io::Result<()> {
    let one = response("200 OK", &format!(r#"{{"ok":true,"webhook":{WEBHOOK}}}"#));
    let created = response("201 Created", &format!(r#"{{"ok":true,"webhook":{WEBHOOK}}}"#));
    let list = response("200 OK", &format!(r#"{{"ok":true,"webhooks":[{}]}}"#, [WEBHOOK; 10].join(",")));
    let token =
        response("200 OK", r#"{"ok":true,"accessToken":"token","expiresIn":10800,"tokenType":"Bearer"}"#);
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    let (mut line, mut body) = (String::new(), Vec::new());
    while stream.read_line(&mut line)? > 0 {
        let answer = if line.starts_with("POST /v1/auth") {
            &token
        } else if line.starts_with("POST") {
            &created
        } else if line.starts_with("GET /v1/webhooks/") {
            &one
        } else {
            &list
        };
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
        stream.get_mut().write_all(answer)?;
    }
    Ok(())
}
