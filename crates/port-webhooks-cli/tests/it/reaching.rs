//! Why a URL cannot be reached, and which certificates are accepted there: `trigger --to`, `listen --forward-to` and `send`.
#![cfg(unix)]

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use crate::support::receiver::{answering, once, request};
use crate::support::{Ran, World, command};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Sends a delivery there.
fn trigger(directory: &Path, to: &str, more: &[&str]) -> Ran {
    let mut command = command(directory);
    command.args(["trigger", "run.created", "--secret", "s", "--to", to]).args(more);
    // Certificates that nobody here has, so that no test depends on those of the machine; and a proxy that nobody
    // listens at.
    command.env("SSL_CERT_FILE", directory.join("others.pem"));
    command.env("HTTPS_PROXY", "http://127.0.0.1:1").env("HTTP_PROXY", "http://127.0.0.1:1");
    Ran::of(command, "")
}

/// A directory with a self-signed certificate for localhost, and a receiver that has it.
fn https() -> (tempfile::TempDir, impl Fn() -> SocketAddr) {
    https_answering(OK)
}

fn https_answering(response: &'static str) -> (tempfile::TempDir, impl Fn() -> SocketAddr) {
    let directory = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let others = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(directory.path().join("own.pem"), own.cert.pem()).unwrap();
    std::fs::write(directory.path().join("others.pem"), others.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key);
    let config = Arc::new(config.unwrap());
    let serve = move || {
        let config = Arc::clone(&config);
        let (address, _) = once(move |stream| {
            let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
            // A sender that does not trust the certificate ends the handshake.
            if stream.conn.complete_io(&mut stream.sock).is_ok() {
                request(&mut stream);
                stream.write_all(response.as_bytes()).unwrap();
            }
        });
        address
    };
    (directory, serve)
}

#[test]
fn error_says_why_with_host_and_port() {
    let directory = tempfile::tempdir().unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (plain, _) = answering("hello\r\n\r\n");
    let (reset, _) = once(|stream| {
        // To close a connection with bytes that nobody has read resets it.
        stream.peek(&mut [0]).unwrap();
    });
    let (ended, _) = once(|mut stream| drop(request(&mut stream)));
    for (to, expected) in [
        (format!("http://{closed}/hidden"), format!("http://{closed} cannot be reached: connection refused")),
        (
            format!("http://me:hidden@{closed}/?a=hidden"),
            format!("http://{closed} cannot be reached: connection refused"),
        ),
        (
            "http://nowhere.invalid/hidden".to_owned(),
            "http://nowhere.invalid:80 cannot be reached: unknown host".to_owned(),
        ),
        (
            format!("http://{plain}/"),
            format!("http://{plain} cannot be reached: its response is not HTTP/1.1: is it https?"),
        ),
        (format!("http://{reset}/"), format!("http://{reset} cannot be reached: connection reset")),
        (
            format!("http://{ended}/"),
            format!(
                "http://{ended} cannot be reached: it closed the connection before the response was complete"
            ),
        ),
    ] {
        let err = trigger(directory.path(), &to, &[]).failed(10);
        assert!(err.starts_with(&format!("error: {expected}\n")), "{err}");
        assert!(!err.contains("hidden"), "{err}");
    }
}

#[test]
fn error_says_what_is_wrong_with_tls() {
    let (directory, serve) = https();
    let secure = serve();
    let err = trigger(directory.path(), &format!("https://localhost:{}/", secure.port()), &[]).failed(10);
    let port = secure.port();
    assert!(
        err.starts_with(&format!(
            "error: https://localhost:{port} cannot be reached: its certificate is not trusted: "
        )),
        "{err}"
    );
    assert!(err.contains("--ca-file") && err.contains("--accept-self-signed"), "{err}");
    let secure = serve();
    let err = trigger(directory.path(), &format!("http://{secure}/"), &[]).failed(10);
    assert!(err.ends_with("its response is not HTTP/1.1: is it https?\n"), "{err}");
    let (plain, _) = once(|mut stream| {
        stream.peek(&mut [0]).unwrap();
        stream.write_all(OK.as_bytes()).unwrap();
    });
    let err = trigger(directory.path(), &format!("https://{plain}/"), &[]).failed(10);
    assert!(
        err.ends_with(&format!("https://{plain} cannot be reached: it does not speak TLS: is it http?\n")),
        "{err}"
    );
}

/// The requests to Port say it like those to a receiver.
#[test]
fn error_of_a_call_says_why_with_host_and_port() {
    let (directory, serve) = https();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (plain, _) = once(|mut stream| {
        stream.peek(&mut [0]).unwrap();
        stream.write_all(OK.as_bytes()).unwrap();
    });
    let secure = format!("https://localhost:{}", serve().port());
    for (url, expected) in [
        (format!("http://{closed}"), "connection refused"),
        ("https://nowhere.invalid:8443".to_owned(), "unknown host"),
        (format!("https://{plain}"), "it does not speak TLS: is it http?"),
        (secure, "its certificate is not trusted: no trusted issuer signed it"),
    ] {
        let mut command = command(directory.path());
        command.arg("list").env("PORT_ACCESS_TOKEN", "hidden").env("PORT_BASE_URL", &url);
        command.env("SSL_CERT_FILE", directory.path().join("others.pem"));
        let err = Ran::of(command, "").failed(10);
        assert!(err.contains(&format!("{url} cannot be reached: {expected} [GET /v1/webhooks")), "{err}");
    }
}

#[test]
fn error_names_the_proxy_that_may_have_failed() {
    let (directory, _) = https();
    let err = trigger(directory.path(), "https://nowhere.invalid/", &[]).failed(10);
    assert_eq!(
        err,
        "error: https://nowhere.invalid:443 cannot be reached: connection refused\n  \
         the environment names a proxy for https, which may be what fails\n"
    );
}

/// Neither goes through the proxy of the environment.
#[test]
fn self_signed_certificate_is_accepted_when_asked() {
    let (directory, serve) = https();
    let own = directory.path().join("own.pem");
    for flags in [&["--accept-self-signed"][..], &["--ca-file", own.to_str().unwrap()]] {
        for host in ["localhost", "a.localhost", "127.0.0.1", "0.0.0.0"] {
            // The certificate names only the first.
            if flags.len() == 1 || host == "localhost" {
                let to = format!("https://{host}:{}/", serve().port());
                assert!(trigger(directory.path(), &to, flags).done().starts_with("200 OK in "), "{to}");
            }
        }
    }
    let to = format!("https://127.0.0.1:{}/", serve().port());
    let err = trigger(directory.path(), &to, &["--ca-file", own.to_str().unwrap()]).failed(10);
    assert!(err.contains("its certificate is not trusted: "), "{err}");
}

#[test]
fn event_is_sent_with_certificates_that_a_flag_names() {
    let (directory, serve) =
        https_answering("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let own = directory.path().join("own.pem");
    let own = own.to_str().unwrap();
    let world = World::live();
    let send = |identifier: Option<&str>, url: &str, flags: &[&str]| {
        world.file("push.json", "{}");
        let mut command = world.command(&["send", "--body", "push.json"]);
        match identifier {
            Some(identifier) => {
                world.fake.seed(json!({ "identifier": identifier, "url": url })).unwrap();
                command.arg(identifier)
            }
            None => command.args(["--url", url]),
        };
        command.args(flags).env("SSL_CERT_FILE", directory.path().join("others.pem"));
        command.env("HTTPS_PROXY", "http://127.0.0.1:1");
        Ran::of(command, "")
    };
    for flags in [&["--accept-self-signed"][..], &["--ca-file", own]] {
        for identifier in [None, Some(&flags[0][2..])] {
            let url = format!("https://localhost:{}/key", serve().port());
            let out = send(identifier, &url, flags).done();
            assert_eq!(out, format!("202 Accepted from {} (not signed)\n", url.trim_end_matches("/key")));
        }
    }
    let url = format!("https://localhost:{}/key", serve().port());
    let mut untrusted = world.command(&["send", "--url", &url, "--body", "push.json"]);
    untrusted.env("SSL_CERT_FILE", directory.path().join("others.pem"));
    let err = Ran::of(untrusted, "").failed(10);
    assert!(err.contains("its certificate is not trusted: ") && err.contains("\n  --ca-file FILE"), "{err}");
    for (identifier, url, expected) in [
        (None, "https://192.0.2.1/key", "--accept-self-signed: --url is not on this machine"),
        (Some("plain"), "http://localhost:1/key", "need an https:// URL in the webhook"),
    ] {
        let err = send(identifier, url, &["--accept-self-signed"]).failed(2);
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn certificate_flags_that_cannot_work_are_usage_errors() {
    let (directory, _) = https();
    std::fs::write(directory.path().join("empty.pem"), "no certificate").unwrap();
    let empty = directory.path().join("empty.pem");
    let empty = empty.to_str().unwrap();
    for (to, flags, expected) in [
        (
            "https://192.0.2.1/",
            &["--accept-self-signed"][..],
            "--accept-self-signed: --to is not on this machine",
        ),
        (
            "https://nowhere.invalid/",
            &["--accept-self-signed"],
            "--accept-self-signed: --to is not on this machine",
        ),
        ("localhost:1", &["--accept-self-signed"], "need an https:// URL in --to"),
        ("https://localhost/", &["--ca-file", "missing.pem"], "cannot read missing.pem: "),
        ("https://localhost/", &["--ca-file", empty], "has no certificate in PEM form"),
        ("https://localhost/", &["--ca-file", empty, "--accept-self-signed"], "cannot be used with"),
    ] {
        let err = trigger(directory.path(), to, flags).failed(2);
        assert!(err.contains(expected), "{err}");
    }
    let mut command = command(directory.path());
    command.args(["listen", "--accept-self-signed"]);
    let err = Ran::of(command, "").failed(2);
    assert!(err.contains("need --forward-to"), "{err}");
}

#[test]
fn url_of_this_machine_needs_no_scheme() {
    let directory = tempfile::tempdir().unwrap();
    for host in ["localhost", "127.0.0.1", "127.1", "0.0.0.0", "LOCALHOST", "a.localhost"] {
        let (to, receiver) = answering(OK);
        trigger(directory.path(), &format!("{host}:{}/a?b", to.port()), &[]).done();
        assert!(receiver.join().unwrap().0.starts_with("POST /a?b HTTP/1.1\r\n"), "{host}");
    }
    for wrong in [
        "hidden.example:3000",
        "hidden.example/a",
        "hidden",
        "/hidden",
        "",
        "file:/hidden",
        "mailto:hidden@a",
    ] {
        let err = trigger(directory.path(), wrong, &[]).failed(2);
        assert!(
            err.contains("--to: the URL has no http:// or https://\n  write http://HOST:PORT/PATH"),
            "{err}"
        );
        assert!(!err.contains("hidden"), "{err}");
    }
}
