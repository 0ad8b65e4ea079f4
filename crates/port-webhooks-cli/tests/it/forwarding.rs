//! `listen --forward-to`: what the receiver gets, and what the sender gets back.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::listening::{BODY, listen, post, send, signed};
use crate::support::receiver::{answering, once, request};
use crate::support::{Ran, command, possible_values};

/// What a sender gets for this answer of the receiver, and what `listen` shows of it.
fn forwarded(answer: impl Into<Vec<u8>>) -> (String, Value) {
    let directory = tempfile::tempdir().unwrap();
    let (to, receiver) = answering(answer);
    let (mut running, address) = listen(directory.path(), &["-o", "json", "--forward-to", &to.to_string()]);
    let answer = post(&address, "", b"{}");
    receiver.join().unwrap();
    (answer, serde_json::from_str(&running.line()).unwrap())
}

#[test]
fn body_and_signature_are_forwarded_unchanged() {
    let (to, receiver) =
        answering("HTTP/1.1 202 Accepted\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc");
    let url = format!("http://{to}/target?x=y");
    let directory = tempfile::tempdir().unwrap();
    let (running, address) = listen(directory.path(), &["--secret-from-env", "SECRET", "--forward-to", &url]);
    let signature = signed(directory.path(), BODY, &[]);
    let headers = format!(
        "X-Own: \u{e9}\r\nkeep-alive: 5\r\nte: trailers\r\nconnection: x-hop\r\nx-hop: 1\r\n{signature}"
    );
    let answer = post(&address, &headers, BODY.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 202 ") && answer.ends_with("\r\n\r\nabc"), "{answer}");
    let (head, body) = receiver.join().unwrap();
    assert_eq!(body, BODY.as_bytes());
    assert!(head.starts_with("POST /target?x=y HTTP/1.1\r\n"), "{head}");
    assert!(head.contains(signature.trim_end()), "{head}");
    assert!(head.contains("x-own: \u{e9}"), "{head}");
    for gone in ["keep-alive", "te: ", "x-hop", &address] {
        assert!(!head.contains(gone), "{gone}: {head}");
    }
    // A rejected delivery is not forwarded: nobody listens there any more.
    assert!(post(&address, "", BODY.as_bytes()).starts_with("HTTP/1.1 401 "));
    assert!(post(&address, &signature, BODY.as_bytes()).starts_with("HTTP/1.1 502 "));
    running.interrupt();
    let told = running.end().out;
    assert!(told.contains("answered 202 Accepted (by the receiver, in "), "{told}");
    let refused = format!("answered 502 Bad Gateway: http://{to} cannot be reached: connection refused");
    assert!(told.contains(&refused), "{told}");
    assert!(!told.contains("/target"), "a path may be secret: {told}");
}

#[test]
fn each_method_is_forwarded_unchanged() {
    for method in possible_values("trigger", "--method <METHOD>") {
        let (to, receiver) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        let directory = tempfile::tempdir().unwrap();
        let (mut running, address) =
            listen(directory.path(), &["-o", "json", "--forward-to", &format!("http://{to}/a")]);
        let body = if matches!(&*method, "DELETE" | "GET") { "" } else { "[]" };
        let length = body.len();
        let bytes = format!(
            "{method} / HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        assert!(send(&address, bytes.as_bytes()).starts_with("HTTP/1.1 200 "));
        let (head, arrived) = receiver.join().unwrap();
        assert!(head.starts_with(&format!("{method} /a HTTP/1.1\r\n")), "{head}");
        assert_eq!(arrived, body.as_bytes());
        let shown: Value = serde_json::from_str(&running.line()).unwrap();
        assert_eq!(shown["method"], method);
    }
}

#[test]
fn end_to_end_headers_of_the_answer_are_kept() {
    let (answer, _) = forwarded(
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nLocation: /elsewhere\r\n\
         WWW-Authenticate: Bearer realm=\"a\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Encoding: odd\r\n\
         Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Own: \u{e9}\r\nKeep-Alive: timeout=9\r\nX-Hop: 1\r\nProxy-Authenticate: x\r\n\
         Connection: close, x-hop\r\nTrailer: x-late\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"), "{answer}");
    for kept in [
        "retry-after: 7",
        "location: /elsewhere",
        "www-authenticate: Bearer realm=\"a\"",
        "set-cookie: a=1\r\nset-cookie: b=2",
        "content-encoding: odd",
        "date: Thu, 01 Jan 1970 00:00:00 GMT",
        "content-length: 3",
    ] {
        assert!(answer.contains(&format!("\r\n{kept}\r\n")), "{kept}: {answer}");
    }
    for gone in ["keep-alive", "x-hop", "proxy-authenticate", "trailer", "transfer-encoding"] {
        assert!(!answer.contains(gone), "{gone}: {answer}");
    }
    assert!(answer.ends_with("\r\n\r\nabc"), "{answer}");
}

#[test]
fn redirects_are_returned_and_not_followed() {
    let own = TcpListener::bind("127.0.0.1:0").unwrap();
    let elsewhere = format!("http://{}/elsewhere", own.local_addr().unwrap());
    let (answer, _) = forwarded(format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ));
    assert!(answer.starts_with("HTTP/1.1 307 "), "{answer}");
    assert!(answer.contains(&format!("location: {elsewhere}\r\n")), "{answer}");
    own.set_nonblocking(true).unwrap();
    assert!(own.accept().is_err(), "nobody followed");
}

/// Never an answer that looks whole and is not.
#[test]
fn too_large_answer_is_a_bad_gateway() {
    let body = "a".repeat(1024 * 1024 + 1);
    let length = body.len();
    for answer in [
        format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"),
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        ),
        format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}"),
    ] {
        let (answer, shown) = forwarded(answer);
        assert!(answer.starts_with("HTTP/1.1 502 "), "{}", &answer[..100]);
        let why = shown["forwarded"]["error"].as_str().unwrap();
        assert!(why.ends_with(" answered 200 OK with more than 1048576 bytes"), "{why}");
    }
    let (answer, _) = forwarded(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{}",
        length - 1,
        &body[1..]
    ));
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(&body[1..]), "the limit itself passes");
}

/// The receiver sends part of a body and keeps the connection open.
#[test]
fn stream_is_passed_on_as_it_comes() {
    for head in ["content-type: text/event-stream; charset=utf-8\r\n", ""] {
        let head = format!("HTTP/1.1 200 OK\r\n{head}transfer-encoding: chunked\r\n\r\n");
        let (to, receiver) = once(move |mut stream| {
            request(&mut stream);
            stream.write_all(format!("{head}8\r\ndata: a\n\r\n").as_bytes()).unwrap();
            stream
        });
        let directory = tempfile::tempdir().unwrap();
        let (running, address) = listen(directory.path(), &["--forward-to", &format!("http://{to}/")]);
        let mut sender = TcpStream::connect(&address).unwrap();
        sender.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}").unwrap();
        assert!(until(&mut sender, "data: a\n\r\n").starts_with("HTTP/1.1 200 "));
        let mut stream = receiver.join().unwrap();
        stream.write_all(b"8\r\ndata: b\n\r\n").unwrap();
        until(&mut sender, "data: b\n\r\n");
        // It does not delay the end, and does not look as if it were whole.
        running.interrupt();
        let ran = running.end();
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert!(ran.out.contains("; its body is a stream)"), "{ran:#?}");
        let mut rest = Vec::new();
        let _ = sender.read_to_end(&mut rest);
        assert_eq!(String::from_utf8_lossy(&rest), "", "no last chunk");
    }
}

fn until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.ends_with(end) {
        assert_eq!(stream.read(&mut byte).unwrap(), 1, "{text}");
        text.push(char::from(byte[0]));
    }
    text
}

/// Each of these names this machine, however it is spelled.
#[test]
fn listener_itself_is_refused_as_target() {
    let directory = tempfile::tempdir().unwrap();
    let host_name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host_name = host_name.trim();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        host_name,
    ] {
        if host.is_empty() || (host == host_name && !resolves(host)) {
            continue;
        }
        for listener in ["127.0.0.1", "0.0.0.0", "::1", "[::]", "localhost"] {
            if listener.contains("::") && TcpListener::bind("[::1]:0").is_err() {
                continue; // This machine has no IPv6.
            }
            // Free when it was asked for; should somebody else have it by now, the next one is taken.
            let err = loop {
                let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
                let url = format!("http://{host}:{port}/hidden");
                let mut command = command(directory.path());
                command.args(["listen", "--host", listener, "--port", &port, "--forward-to", &url]);
                let ran = Ran::of(command, "");
                if ran.code != Some(1) {
                    break ran.failed(2);
                }
            };
            assert!(err.contains("of this machine is `listen` itself"), "{host} {listener}: {err}");
        }
    }
}

fn resolves(host: &str) -> bool {
    use std::net::ToSocketAddrs as _;

    (host, 0).to_socket_addrs().is_ok()
}

#[test]
fn listening_for_other_machines_is_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let (to, receiver) = answering("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
    let mut command = command(directory.path());
    command.args([
        "listen",
        "--host",
        "0.0.0.0",
        "--secret",
        "hidden-secret",
        "--forward-to",
        &to.to_string(),
    ]);
    let mut running = crate::support::Running::start(command);
    let warning = running.told("warning: whoever reaches 0.0.0.0:");
    assert!(warning.ends_with(" can send here, not only this machine"), "{warning}");
    let address = running.told("listening at http://0.0.0.0:");
    let address = format!("127.0.0.1:{address}");
    assert!(post(&address, &signed(directory.path(), "{}", &[]), b"{}").starts_with("HTTP/1.1 204 "));
    receiver.join().unwrap();
}
