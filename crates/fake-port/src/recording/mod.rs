//! Requests, applied writes and counts, which a test reads back.

mod requests;

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::call::Route;

pub use requests::{Expected, RecordedRequest, Requests};

/// What a fake has done since its start. It counts whatever is [recorded](crate::Recording).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::FakePort;
///
/// let port = FakePort::start().await;
/// # reqwest::get(format!("{}/v1/webhooks", port.uri())).await?;
/// // … the code under test runs …
/// let counts = port.counts();
/// assert_eq!((counts.requests, counts.writes), (1, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counts {
    /// Requests received, those for tokens and rejected ones included.
    pub requests: u64,
    /// Requests that a [mock](crate::FakePort::mount) answered.
    pub mocked: u64,
    /// Requests for a token, rejected ones included.
    pub token_requests: u64,
    /// Requests for a token that got one.
    pub tokens_issued: u64,
    /// Writes that changed the state.
    pub writes: u64,
    /// Requests that a fault was applied to.
    pub faults: u64,
    /// Requests beyond the rate limit.
    pub rate_limited: u64,
    /// Deliveries, copies and those that were not sent included.
    pub deliveries: u64,
    /// Connections accepted.
    pub connections: u64,
    /// Bytes received on connections, headers included.
    pub bytes_received: u64,
    /// Bytes sent on connections, headers included.
    pub bytes_sent: u64,
}

/// A write that changed the state.
///
/// Its `Debug` form shows the secrets of the webhook or run.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Fault, Route, WriteResponse};
///
/// let port = FakePort::start().await;
/// port.inject(Fault::dropped().on([Route::Create]).applied()); // created, but the response is lost
/// # let body = serde_json::json!({ "identifier": "audit", "url": "https://a.example", "events": ["run.created"] });
/// # let request = reqwest::Client::new().post(format!("{}/v1/webhooks", port.uri())).json(&body);
/// # request.bearer_auth(port.issue_token()).send().await.unwrap_err();
/// // … the code under test creates the webhook `audit` …
/// let writes = port.ledger();
/// assert_eq!((writes[0].operation, writes[0].identifier.as_str()), (Route::Create, "audit"));
/// assert_eq!(writes[0].response, WriteResponse::Lost);
/// assert_eq!(writes.len(), 1, "it was not created twice");
/// # Ok(())
/// # }
/// ```
#[doc(alias = "ledger")]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AppliedWrite {
    /// The [number](crate::RecordedRequest::number) of the request that made it.
    pub request: u64,
    /// The operation: create, update, replace or delete of a webhook, or a report on a run.
    pub operation: Route,
    /// The identifier of the webhook before the write; for a create the new one. Of a run its id.
    pub identifier: String,
    /// The webhook or run as it was before. `None` for a create, and for log messages.
    pub before: Option<Value>,
    /// The webhook or run as it was stored by the write, or the log messages. `None` for a delete.
    pub after: Option<Value>,
    /// The response that the caller got.
    pub response: WriteResponse,
}

/// The response to the request of an [`AppliedWrite`]. In JSON: `"real"`, `{"replaced": 503}`, `"lost"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WriteResponse {
    /// The real one. Whether it reached the caller is not known.
    Real,
    /// Another one of this status, because of a fault.
    Replaced(u16),
    /// None, or none that is complete, because of a fault.
    Lost,
}

/// How many requests, applied writes, deliveries and events of data sources a fake keeps.
///
/// [`Counts`](crate::Counts) are kept in any case.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fake_port::{FakePort, Recording};
///
/// let port = FakePort::builder().record(Recording::Last(1)).start().await?;
/// # for _ in 0..2 {
/// #     reqwest::get(port.uri()).await?;
/// # }
/// // … two requests …
/// assert_eq!((port.requests().len(), port.counts().requests), (1, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recording {
    /// Nothing.
    Off,
    /// The last ones of each, up to this number.
    Last(usize),
    /// All, which is right for a test, and grows without bound in a fake that runs for days.
    All,
}

/// Recorded items, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Log<T> {
    /// The most that are kept.
    most: usize,
    items: VecDeque<T>,
}

impl<T> Log<T> {
    pub(crate) fn new(recording: Recording) -> Self {
        let most = match recording {
            Recording::Off => 0,
            Recording::Last(most) => most,
            Recording::All => usize::MAX,
        };
        Self { most, items: VecDeque::new() }
    }

    /// Whether items are kept. If not, a costly item need not be made.
    pub(crate) fn is_on(&self) -> bool {
        self.most > 0
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push_back(item);
        if self.items.len() > self.most {
            self.items.pop_front();
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter()
    }

    pub(crate) fn to_vec(&self) -> Vec<T>
    where
        T: Clone,
    {
        self.items.iter().cloned().collect()
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.back_mut()
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }
}
