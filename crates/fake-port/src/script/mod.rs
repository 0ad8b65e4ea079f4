//! Scripts: the actions of a server on a connection, byte by byte.

mod play;
mod server;

use std::fmt::{Display, Write as _};
use std::io::{self, Read};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::json;

pub use server::ScriptedServer;

pub(crate) use play::play;

/// The actions of a server on a connection, step by step, HTTP or not. At the end it closes the connection.
///
/// A [`ScriptedServer`] plays scripts on whole connections. As a fault
/// ([`Fault::script`](crate::Fault::script)) a script is played instead of a response; the first request that it receives
/// is the one with the fault.
///
/// ```
/// use fake_port::Script;
///
/// let half_a_response = Script::new()
///     .receive()
///     .send("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{\"ok\":")
///     .reset();
/// let the_same = Script::broken_body(r#"{"ok":true,"a":true}"#, 6);
/// # let _ = (half_a_response, the_same);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Script {
    steps: Vec<ScriptStep>,
}

/// One step of a [`Script`]. In JSON: `"receive"`, `{"send": "text"}` or `{"send": [104, 105]}`, `"hang"`.
///
/// ```
/// use fake_port::{Script, ScriptStep};
///
/// let script: Script = serde_json::from_str(r#"["receive", { "send": "HTTP/1.1 200 OK\r\n" }, "reset"]"#)?;
/// assert_eq!(script.steps()[2], ScriptStep::Reset);
/// assert_eq!(script, Script::new().receive().send("HTTP/1.1 200 OK\r\n").reset());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ScriptStep {
    /// Reads a request: its head, and as much body as `content-length` declares. What is not HTTP, or larger than
    /// 16 MiB, ends the connection.
    Receive,
    /// Reads the head of a request, and leaves its body unread.
    ReceiveHead,
    /// Sends these bytes.
    Send(#[serde(with = "payload")] Bytes),
    /// Sends these bytes over and over, until the other side closes.
    SendForever(#[serde(with = "payload")] Bytes),
    /// Does nothing until the other side closes.
    Hang,
    /// Resets the connection. What the other side has not read yet is lost.
    Reset,
}

impl Script {
    /// A script without steps: it closes the connection at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds [`ScriptStep::Receive`].
    pub fn receive(self) -> Self {
        self.then(ScriptStep::Receive)
    }

    /// Adds [`ScriptStep::ReceiveHead`].
    pub fn receive_head(self) -> Self {
        self.then(ScriptStep::ReceiveHead)
    }

    /// Adds [`ScriptStep::Send`].
    pub fn send(self, bytes: impl Into<Bytes>) -> Self {
        self.then(ScriptStep::Send(bytes.into()))
    }

    /// Adds [`ScriptStep::SendForever`].
    pub fn send_forever(self, bytes: impl Into<Bytes>) -> Self {
        self.then(ScriptStep::SendForever(bytes.into()))
    }

    /// Adds [`ScriptStep::Hang`].
    pub fn hang(self) -> Self {
        self.then(ScriptStep::Hang)
    }

    /// Adds [`ScriptStep::Reset`].
    pub fn reset(self) -> Self {
        self.then(ScriptStep::Reset)
    }

    /// Adds a step.
    pub fn then(mut self, step: ScriptStep) -> Self {
        self.steps.push(step);
        self
    }

    /// The steps.
    pub fn steps(&self) -> &[ScriptStep] {
        &self.steps
    }

    /// A complete response in JSON.
    pub fn response(status: u16, body: impl Into<Bytes>) -> Self {
        Self::new().receive().part_of_response(status, &[JSON], &body.into(), usize::MAX)
    }

    /// A complete response in JSON before the body of the request was read, as servers and proxies give with 401, 413 or
    /// 422. Then the server reads and drops what the other side still sends; with [`reset`](Self::reset) added, it
    /// resets the connection instead.
    pub fn early_response(status: u16, body: impl Into<Bytes>) -> Self {
        let headers = [JSON, ("connection", "close")];
        Self::new().receive_head().part_of_response(status, &headers, &body.into(), usize::MAX)
    }

    /// Reads a request and never responds.
    pub fn silence() -> Self {
        Self::new().receive().hang()
    }

    /// A response of 200 that declares the whole JSON body and resets the connection after `keep` bytes of it.
    pub fn broken_body(body: impl Into<Bytes>, keep: usize) -> Self {
        Self::new().receive().part_of_response(200, &[JSON], &body.into(), keep).reset()
    }

    /// A response of 200 that declares the whole JSON body and stalls after `keep` bytes of it.
    pub fn stalled_body(body: impl Into<Bytes>, keep: usize) -> Self {
        Self::new().receive().part_of_response(200, &[JSON], &body.into(), keep).hang()
    }

    /// The script without its first step, if that receives a request: the server has read it already.
    pub(crate) fn after_request(mut self) -> Self {
        if matches!(self.steps.first(), Some(ScriptStep::Receive | ScriptStep::ReceiveHead)) {
            self.steps.remove(0);
        }
        self
    }

    /// Adds the head of a response that declares its whole body, and the first bytes of that.
    pub(crate) fn part_of_response<N: Display>(
        self,
        status: u16,
        headers: &[(N, N)],
        body: &Bytes,
        keep: usize,
    ) -> Self {
        let kept = body.slice(..keep.min(body.len()));
        self.send(head(status, headers, Some(body.len()))).send(kept)
    }

    /// Adds a response with a JSON body that never ends.
    pub(crate) fn endless_response<N: Display>(self, status: u16, headers: &[(N, N)]) -> Self {
        let chunk = format!("1000\r\n{}\r\n", " ".repeat(0x1000));
        self.send(head(status, headers, None)).send("c\r\n{\"ok\":true, \r\n").send_forever(chunk)
    }

    /// A response of 200 with a JSON body that never ends.
    pub fn endless_body() -> Self {
        Self::new().receive().endless_response(200, &[JSON])
    }

    /// A response of 200 with a body of `size` bytes of white space, compressed with gzip to about a thousandth of that.
    pub fn gzip_bomb(size: usize) -> Self {
        let body = gzip_spaces(size);
        let head = head(200, &[JSON, ("content-encoding", "gzip")], Some(body.len()));
        Self::new().receive().send(head).send(body)
    }

    /// A redirect (307) to this URL.
    pub fn redirect(location: &str) -> Self {
        Self::new().receive().send(head(307, &[("location", location)], Some(0)))
    }

    /// Bytes that are not HTTP.
    pub fn not_http() -> Self {
        Self::new().receive().send("SSH-2.0-OpenSSH_9.9\r\n")
    }
}

const JSON: (&str, &str) = ("content-type", json::JSON);

/// The head of a response. Without a length its body is chunked.
fn head<N: Display>(status: u16, headers: &[(N, N)], length: Option<usize>) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason.unwrap_or_default());
    // Writing to a string does not fail.
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    let _ = match length {
        Some(length) => write!(head, "content-length: {length}\r\n\r\n"),
        None => write!(head, "transfer-encoding: chunked\r\n\r\n"),
    };
    head
}

/// These bytes, compressed.
pub(crate) fn gzip(bytes: &[u8]) -> Bytes {
    compress(bytes, Compression::default())
}

/// This many spaces, compressed, without holding them all in memory.
pub(crate) fn gzip_spaces(size: usize) -> Bytes {
    compress(io::repeat(b' ').take(size as u64), Compression::best())
}

fn compress(mut bytes: impl Read, level: Compression) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), level);
    // Writing into memory does not fail.
    let _ = io::copy(&mut bytes, &mut encoder);
    encoder.finish().unwrap_or_default().into()
}

/// Bytes in JSON: a string, or a list of numbers where they are not UTF-8.
mod payload {
    use bytes::Bytes;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected text or a list of bytes")]
    enum Payload {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(bytes: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => bytes.as_ref().serialize(serializer),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        Ok(match Payload::deserialize(deserializer)? {
            Payload::Text(text) => text.into(),
            Payload::Bytes(bytes) => bytes.into(),
        })
    }
}
