//! The output of a command as lines for the log of a run, without secrets.

use std::env;

use anstream::adapter::strip_str;
use port_webhooks::types::RunLogger;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::environment::Environment;
use crate::failure::{Failure, Result};
use crate::mask::{MASK, sounds_secret};
use crate::settings::{ACCESS_TOKEN, CLIENT_SECRET, Settings};

/// A line that is longer is logged in pieces.
const MAX_LINE: usize = 64 * 1024;
/// A shorter value of a variable whose name sounds secret is masked only if `--mask` names it: it may be `true` or `1`.
const MIN_SECRET: usize = 8;

/// Texts that a log must not contain, the longest first.
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The credentials of Port, the values of variables whose names sound secret, and of those that `--mask` names.
    pub(super) fn find(settings: &Settings, environment: &Environment, named: &[String]) -> Result<Self> {
        let ours = [CLIENT_SECRET, ACCESS_TOKEN].into_iter().filter_map(|name| settings.get(name));
        let sounding = env::vars_os().filter(|(name, _)| sounds_secret(&name.to_string_lossy()));
        let found = ours.chain(sounding.map(|(_, value)| value)).map(|value| (value, MIN_SECRET));
        let mut values: Vec<_> =
            found.map(|(value, shortest)| (value.to_string_lossy().into_owned(), shortest)).collect();
        for name in named {
            let value = environment.text(name)?.ok_or_else(|| {
                Failure::usage(format!("--mask {}: not set, or empty", crate::environment::shown(name)))
            })?;
            values.push((value, 1));
        }
        // The log has single lines.
        let lines = values.iter().flat_map(|(value, shortest)| {
            value.lines().map(str::trim).filter(move |line| line.len() >= *shortest)
        });
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.len()));
        lines.dedup();
        Ok(Self(lines))
    }

    pub(super) fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
    }

    /// Where to cut a line that is too long, between characters and not within a secret.
    fn cut(&self, line: &[u8]) -> usize {
        let is_inside = |at: usize| line.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let mut at = (MAX_LINE - 3..=MAX_LINE).rev().find(|at| !is_inside(*at)).unwrap_or(MAX_LINE);
        let around = |at: usize| {
            self.0.iter().find_map(|secret| {
                let first = (at + 1).saturating_sub(secret.len());
                let start = (first..at).find(|start| line[*start..].starts_with(secret.as_bytes()))?;
                Some((start, secret.len()))
            })
        };
        while let Some((start, length)) = around(at) {
            if start == 0 {
                return length;
            }
            at = start;
        }
        at
    }
}

/// The bytes of an incomplete line.
struct Lines<'a> {
    bytes: Vec<u8>,
    secrets: &'a Secrets,
    log: &'a RunLogger,
}

impl Lines<'_> {
    fn push(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.bytes.extend_from_slice(part);
            if self.bytes.last() == Some(&b'\n') {
                self.bytes.pop();
                self.flush();
            }
            let longest = self.secrets.0.first().map_or(0, String::len);
            while self.bytes.len() > MAX_LINE + longest {
                let rest = self.bytes.split_off(self.secrets.cut(&self.bytes));
                self.flush();
                self.bytes = rest;
            }
        }
    }

    /// Logs the bytes as a line: without colors, and only what follows the last carriage return, as a terminal shows it.
    fn flush(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches('\r');
        let text = text.rsplit('\r').next().unwrap_or_default();
        self.log.log(self.secrets.mask(&strip_str(text).to_string()));
    }
}

/// Logs lines until there are no more, or `stop` is ready while nothing arrives. Passes the bytes on unchanged.
pub(super) async fn copy<F: Future<Output = ()>>(
    from: Option<impl AsyncRead + Unpin>,
    mut to: Option<impl AsyncWrite + Unpin>,
    secrets: &Secrets,
    log: &RunLogger,
    stop: impl Fn() -> F,
) -> std::io::Result<()> {
    let Some(mut from) = from else { return Ok(()) };
    let mut lines = Lines { bytes: Vec::new(), secrets, log };
    let mut chunk = vec![0; 16 * 1024];
    let result = loop {
        let read = tokio::select! {
            read = from.read(&mut chunk) => read,
            () = stop() => break Ok(()),
        };
        match read {
            Ok(0) => break Ok(()),
            Ok(count) => {
                let bytes = &chunk[..count];
                if let Some(out) = &mut to
                    && (out.write_all(bytes).await.is_err() || out.flush().await.is_err())
                {
                    // Standard output or standard error is closed. Go on logging.
                    to = None;
                }
                lines.push(bytes);
            }
            Err(error) => break Err(error),
        }
    };
    if !lines.bytes.is_empty() {
        lines.flush();
    }
    result
}
