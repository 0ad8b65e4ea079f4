//! The report on a delivery.

use std::fmt::Write as _;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use port_webhooks_receiver::Delivery;
use serde::Serialize;

use crate::arguments::Report as Format;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::mask::MASK;
use crate::terminal::{BOLD, DIM, GREEN, RED, YELLOW, one_line, styled};
use crate::tree::{Node, to_json_line};
use crate::{body, catalogue, summary};

#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) at: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The whole body was received.
    pub(crate) is_whole: bool,
    pub(crate) verification: Verification,
    pub(crate) answered: StatusCode,
    pub(crate) forwarded: Option<Forwarded>,
    /// From the head of the request to the response.
    pub(crate) milliseconds: u128,
}

/// Whether the sender knows a secret.
#[derive(Debug, Serialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub(crate) enum Verification {
    /// By the secret with this index, of `secrets`.
    Verified {
        #[serde(skip)]
        secret: usize,
        #[serde(skip)]
        secrets: usize,
    },
    #[serde(rename = "not verified")]
    NotVerified,
    Refused {
        reason: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Forwarded {
    Answered {
        status: u16,
        milliseconds: u128,
        /// The body had not ended by the time of the report.
        #[serde(skip)]
        streamed: bool,
        #[serde(skip)]
        headers: HeaderMap,
        /// Empty if it is streamed.
        #[serde(skip)]
        body: Bytes,
    },
    Failed {
        error: String,
    },
}

impl Report {
    pub(crate) fn text(&self, format: Format) -> Result<String> {
        match format {
            Format::Text => Ok(self.pretty()),
            Format::Json => self.json(),
        }
    }

    /// The path and, if there is a query, a mask: a query may be a token.
    fn target(&self) -> String {
        let query = self.query.as_ref().map_or_else(String::new, |_| format!("?{MASK}"));
        format!("{}{query}", self.path)
    }

    fn delivery(&self) -> Delivery {
        Delivery::new(self.body.clone())
    }

    /// The value of the header `RUN_ID`, which many examples of Port set. No signature covers it.
    pub(crate) fn unsigned_run_id(&self) -> Option<&str> {
        self.headers.get("run_id")?.to_str().ok().filter(|id| !id.is_empty())
    }

    fn pretty(&self) -> String {
        let verification = match &self.verification {
            Verification::Verified { secrets: 1, .. } => styled(GREEN, "verified"),
            Verification::Verified { secret, secrets } => {
                styled(GREEN, format!("verified by secret {} of {secrets}", secret + 1))
            }
            Verification::NotVerified => styled(YELLOW, "not verified: no secret"),
            Verification::Refused { reason } => styled(RED, format!("refused: {reason}")),
        };
        let delivery = self.delivery();
        let mut text = format!(
            "{} {} {} {verification}\n",
            styled(DIM, &self.at),
            styled(BOLD, summary::title(&delivery)),
            styled(DIM, format!("{} {}", self.method, one_line(&self.target()))),
        );
        for line in summary::details(&delivery) {
            let _ = writeln!(text, "  {line}");
        }
        if let (None, Some(run)) = (delivery.run_id(), self.unsigned_run_id()) {
            let _ = writeln!(text, "  run {} (by the header RUN_ID, which is not signed)", one_line(run));
        }
        let shown = if self.body.is_empty() { "no body".to_owned() } else { body::shown(&self.body) };
        for line in shown.lines() {
            let _ = writeln!(text, "  {line}");
        }
        let forwarded = match &self.forwarded {
            None => String::new(),
            Some(Forwarded::Answered { milliseconds, streamed, .. }) => {
                let stream = if *streamed { "; its body is a stream" } else { "" };
                format!(" (by the receiver, in {milliseconds} ms{stream})")
            }
            Some(Forwarded::Failed { error }) => format!(": {}", styled(RED, one_line(error))),
        };
        let _ = writeln!(text, "  {} {}{forwarded}\n", styled(DIM, "answered"), self.answered);
        text
    }

    fn json(&self) -> Result<String> {
        let delivery = self.delivery();
        let json = body::json(&self.body);
        let text = json.is_none().then(|| String::from_utf8_lossy(&self.body).into_owned());
        let line = Line {
            received_at: &self.at,
            method: self.method.as_str(),
            path: self.target(),
            event: delivery.event_name(),
            shape: catalogue::shape(&delivery),
            run_id: delivery.run_id(),
            caused_by_run: delivery.caused_by_run(),
            unsigned_run_id: self.unsigned_run_id(),
            verification: &self.verification,
            headers: self.headers.keys().map(http::HeaderName::as_str).collect(),
            body: json,
            text,
            answered: self.answered.as_u16(),
            forwarded: self.forwarded.as_ref(),
        };
        let line = to_json_line(&line)
            .map_err(|error| Failure::new(Exit::Failed, format!("cannot be written: {error}")))?;
        Ok(line + "\n")
    }
}

/// A report for programs. It has the names of the headers only, because values may be credentials.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    received_at: &'a str,
    method: &'a str,
    path: String,
    event: Option<&'a str>,
    shape: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caused_by_run: Option<&'a str>,
    /// Of the header `RUN_ID`.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsigned_run_id: Option<&'a str>,
    #[serde(flatten)]
    verification: &'a Verification,
    headers: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Node>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    answered: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded: Option<&'a Forwarded>,
}
