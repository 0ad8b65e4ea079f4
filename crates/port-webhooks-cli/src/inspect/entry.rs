//! What the page shows of a delivery or a request. All of it is masked here.

use std::time::Duration;

use anstream::adapter::strip_str;
use bytes::Bytes;
use fake_port::{DeliveryOutcome, RecordedRequest, SentDelivery};
use http::{HeaderMap, Method, StatusCode};
use port_webhooks_receiver::Delivery;
use serde::Serialize;

use super::curl::curl;
use super::masker::Masker;
use crate::listen::{Forwarded, Report, Verification};
use crate::mask::MASK;
use crate::terminal::{one_line, shortened};
use crate::{body, catalogue, clock, summary};

/// The largest body that is copied as curl.
const LARGEST_OF_CURL: usize = 1024 * 1024;
/// The width of the title and of each line of the details.
const LINE: usize = 300;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// `delivery`, which `listen` received; `request` to the fake; `sent` by the fake, or again by `listen`.
    kind: &'static str,
    at: String,
    method: String,
    /// The path with the query, or the URL.
    target: String,
    title: String,
    shape: &'static str,
    /// Who, the run, what changed, the inputs.
    details: Vec<String>,
    verdict: Verdict,
    /// The sender had no success, other than by a rejected signature.
    failed: bool,
    headers: Vec<(String, String)>,
    body: String,
    answer: Option<Answer>,
    /// It can be sent again.
    pub(super) again: bool,
    /// Empty if the body is too large.
    curl: String,
    /// Something in `curl` is masked.
    curl_is_masked: bool,
}

/// Of the signature, or how a request or a delivery of the fake ended.
#[derive(Serialize)]
struct Verdict {
    /// `verified`, `unverified`, `rejected`, `sent` or `neutral`.
    state: &'static str,
    text: String,
}

#[derive(Default, Serialize)]
struct Answer {
    /// `204 No Content`; `None` without one.
    status: Option<String>,
    milliseconds: Option<u128>,
    error: Option<String>,
    headers: Vec<(String, String)>,
    body: String,
}

/// The request that an entry shows.
struct Shown<'a> {
    method: &'a Method,
    target: String,
    /// For curl.
    url: String,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

/// A delivery that `listen` received.
pub(super) fn received(report: &Report, masker: &Masker, address: &str) -> Entry {
    let target = format!("{}{}", masker.text(&report.path), masker.query(report.query.as_deref()));
    let shown = Shown {
        method: &report.method,
        url: format!("{address}{target}"),
        target,
        headers: &report.headers,
        body: &report.body,
    };
    let (state, text) = match &report.verification {
        Verification::Verified { secrets: 1, .. } => ("verified", "verified".to_owned()),
        Verification::Verified { secret, secrets } => {
            ("verified", format!("verified by secret {} of {secrets}", secret + 1))
        }
        Verification::NotVerified => ("unverified", "not verified: no secret".to_owned()),
        Verification::Refused { reason } => ("rejected", format!("rejected: {reason}")),
    };
    let mut entry = Entry::new("delivery", &shown, Verdict { state, text }, masker);
    entry.at.clone_from(&report.at);
    if let (None, Some(run)) = (Delivery::new(report.body.clone()).run_id(), report.unsigned_run_id()) {
        let run = masker.text(run);
        entry.details.push(format!("run {run} (by the header RUN_ID, which is not signed)"));
    }
    entry.failed = state != "rejected" && !report.answered.is_success();
    let answer = report.forwarded.as_ref().map(|forwarded| answer(forwarded, masker));
    entry.answer = Some(Answer {
        status: Some(report.answered.to_string()),
        milliseconds: answer.as_ref().and_then(|answer| answer.milliseconds).or(Some(report.milliseconds)),
        ..answer.unwrap_or_default()
    });
    entry
}

/// A delivery that `listen` sent again, with these headers.
pub(super) fn sent_again(
    method: &Method,
    headers: &HeaderMap,
    body: &Bytes,
    forwarded: &Forwarded,
    how: &str,
    to: &str,
    masker: &Masker,
) -> Entry {
    let shown = Shown { method, target: to.to_owned(), url: to.to_owned(), headers, body };
    let verdict = Verdict { state: "sent", text: format!("sent again, {how}") };
    let mut entry = Entry::new("sent", &shown, verdict, masker);
    entry.failed = !matches!(forwarded, Forwarded::Answered { status: 200..300, .. });
    entry.answer = Some(answer(forwarded, masker));
    entry
}

fn answer(forwarded: &Forwarded, masker: &Masker) -> Answer {
    match forwarded {
        Forwarded::Answered { status, milliseconds, streamed, headers, body } => Answer {
            status: StatusCode::from_u16(*status).ok().map(|status| status.to_string()),
            milliseconds: Some(*milliseconds),
            error: None,
            headers: printable(masked(headers, masker)),
            body: if *streamed { "(a stream)".to_owned() } else { shown_body(&masker.body(body)) },
        },
        Forwarded::Failed { error } => Answer { error: Some(error.clone()), ..Answer::default() },
    }
}

/// A request to the fake.
pub(super) fn request(
    request: &RecordedRequest,
    response: &[u8],
    wait: Duration,
    masker: &Masker,
    address: &str,
) -> Entry {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in &request.query_pairs {
        query.append_pair(name, &masker.member(name, value));
    }
    let query = query.finish();
    let path = masker.url(&request.path);
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    let shown = Shown {
        method: &request.method,
        url: format!("{address}{target}"),
        target,
        headers: &request.headers,
        body: &request.body,
    };
    let text = match (request.mocked, request.fault, request.operation) {
        (true, ..) => "answered by a mock".to_owned(),
        (_, Some(fault), _) => format!("fault: {fault}"),
        (_, None, Some(_)) => String::new(),
        (_, None, None) => "no such route".to_owned(),
    };
    let mut entry = Entry::new("request", &shown, Verdict { state: "neutral", text }, masker);
    entry.title = request.operation.map_or_else(|| "request".to_owned(), |operation| operation.to_string());
    if let Some(identifier) = &request.identifier {
        entry.title = shortened(&one_line(&format!("{} {identifier}", entry.title)), LINE);
    }
    (entry.shape, entry.details) = ("", Vec::new());
    let status = request.status.and_then(|status| StatusCode::from_u16(status).ok());
    entry.failed = !status.is_some_and(|status| status.is_success());
    entry.answer = Some(Answer {
        status: status.map(|status| status.to_string()),
        milliseconds: Some(wait.as_millis()),
        error: status.is_none().then(|| "no response".to_owned()),
        headers: Vec::new(),
        body: shown_body(&masker.body(response)),
    });
    entry
}

/// A delivery of the fake.
pub(super) fn sent(delivery: &SentDelivery, masker: &Masker) -> Entry {
    let url = masker.url(&delivery.url);
    let shown = Shown {
        method: &delivery.method,
        target: url.clone(),
        url,
        headers: &delivery.headers,
        body: &delivery.body,
    };
    let (state, text) = match delivery.outcome {
        DeliveryOutcome::Delivered => ("sent", "delivered".to_owned()),
        DeliveryOutcome::Refused(reason) => ("rejected", format!("not sent: {reason}")),
        _ => ("sent", "not delivered".to_owned()),
    };
    let mut entry = Entry::new("sent", &shown, Verdict { state, text }, masker);
    if let Some(webhook) = &delivery.webhook {
        entry.details.insert(0, one_line(&format!("to webhook {webhook}")));
    }
    let outcome = |status: Option<u16>, error: &Option<String>| {
        let status = status.and_then(|status| StatusCode::from_u16(status).ok());
        (status.map(|status| status.to_string()), error.clone())
    };
    if let [earlier @ .., _] = &*delivery.attempts {
        for (at, attempt) in earlier.iter().enumerate() {
            let (status, error) = outcome(attempt.status, &attempt.error);
            let ended = error.or(status).unwrap_or_default();
            entry.details.push(format!(
                "attempt {}: {ended}, in {} ms",
                at + 1,
                attempt.duration.as_millis()
            ));
        }
    }
    entry.failed = matches!(delivery.outcome, DeliveryOutcome::Failed);
    entry.answer = delivery.attempts.last().map(|attempt| {
        let (status, error) = outcome(attempt.status, &attempt.error);
        let body = shown_body(&masker.body(attempt.body.as_bytes()));
        Answer { status, milliseconds: Some(attempt.duration.as_millis()), error, headers: Vec::new(), body }
    });
    entry
}

impl Entry {
    fn new(kind: &'static str, shown: &Shown<'_>, verdict: Verdict, masker: &Masker) -> Self {
        let headers = masked(shown.headers, masker);
        let body = masker.body(shown.body);
        let curl = match body.len() {
            0..=LARGEST_OF_CURL => curl(shown.method, &shown.url, &headers, &body),
            _ => String::new(),
        };
        let delivery = Delivery::new(body);
        let details = summary::details(&delivery);
        Self {
            kind,
            at: clock::timestamp(),
            method: shown.method.to_string(),
            target: one_line(&shown.target),
            title: shortened(&summary::title(&delivery), LINE),
            shape: catalogue::shape(&delivery),
            details: details.iter().map(|line| shortened(&strip_str(line).to_string(), LINE)).collect(),
            verdict,
            failed: false,
            headers: printable(headers),
            body: shown_body(delivery.body()),
            answer: None,
            again: false,
            curl_is_masked: curl.contains(MASK),
            curl,
        }
    }
}

fn masked(headers: &HeaderMap, masker: &Masker) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.to_string(), masker.header(name, value))).collect()
}

fn printable(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    headers.into_iter().map(|(name, value)| (name, one_line(&value))).collect()
}

fn shown_body(body: &[u8]) -> String {
    if body.is_empty() { String::new() } else { body::shown(body) }
}
