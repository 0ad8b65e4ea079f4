//! The log of a run, page by page.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use port_webhooks_api::{RunLog, RunLogListEnvelope};

use crate::Result;
use crate::engine::response::{Success, Unusable, check_ok};
use crate::request::Request;
use crate::{Error, types::ExtraFields};

/// Messages of a page of a stream, the most that Port sends at once.
const PER_PAGE: u32 = 50;

/// The messages of one response.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogPage {
    /// The messages, in the order of the response.
    pub logs: Vec<RunLog>,
    /// Unknown fields of the response, beside the list.
    pub extra: ExtraFields,
}

impl Success for LogPage {
    type Envelope = RunLogListEnvelope;

    fn from_envelope(envelope: RunLogListEnvelope) -> Result<Self, Unusable> {
        check_ok(envelope.ok)?;
        Ok(Self { logs: envelope.run_logs, extra: envelope.extra })
    }
}

impl Request<LogPage> {
    /// Sets the size of a page. Port accepts 1 to 50.
    pub fn limit(self, limit: u32) -> Self {
        self.with_query("limit", limit)
    }

    /// Sets how many messages are before the page.
    pub fn offset(self, offset: u32) -> Self {
        self.with_query("offset", offset)
    }

    /// Streams every message, page by page, one request after the other. It starts at [`offset`](Self::offset), or at
    /// the first message, with pages of [`limit`](Self::limit), or of 50.
    ///
    /// The stream ends at an empty page, at one that repeats the page before it, as from a server that ignores the
    /// offset, and after an error.
    pub fn stream(self) -> LogStream {
        let number = |name: &str| self.call.query.iter().find(|(known, _)| known == name)?.1.parse().ok();
        let offset: u32 = number("offset").unwrap_or(0);
        let request = if number("limit").is_none() { self.limit(PER_PAGE) } else { self };
        let pages = stream::try_unfold((request, offset, Vec::new()), |(request, offset, last)| async move {
            let logs = request.clone().offset(offset).await?.logs;
            if logs.is_empty() || logs == last {
                return Ok::<_, Error>(None);
            }
            let next = offset.saturating_add(u32::try_from(logs.len()).unwrap_or(u32::MAX));
            Ok(Some((stream::iter(logs.clone()).map(Ok), (request, next, logs))))
        });
        LogStream(pages.try_flatten().boxed())
    }

    fn with_query(mut self, name: &'static str, value: u32) -> Self {
        self.call.query.retain(|(known, _)| known != name);
        self.call = self.call.query(name, Some(value));
        self
    }
}

/// A stream of the messages of all pages. [`Request::stream`] says when it ends.
///
/// Without an extension trait of [`Stream`], use [`try_next`](Self::try_next).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let fake = fake_port::FakePort::builder().profile(fake_port::Profile::Live).start().await?;
/// # fake.seed_run(serde_json::json!({ "id": "r_1" }))?;
/// # let port = port_webhooks::Client::builder().access_token(fake.issue_token()).base_url(fake.uri()).build()?;
/// let mut messages = port.runs().logs("r_1").stream();
/// while let Some(message) = messages.try_next().await? {
///     println!("{message:?}");
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias = "pagination")]
#[must_use = "a stream requests nothing until it is polled"]
pub struct LogStream(BoxStream<'static, Result<RunLog>>);

impl LogStream {
    /// The next message, or `None` after the last.
    ///
    /// # Errors
    /// The error of the request for its page.
    pub async fn try_next(&mut self) -> Result<Option<RunLog>> {
        poll_fn(|context| self.0.poll_next_unpin(context)).await.transpose()
    }
}

impl Stream for LogStream {
    type Item = Result<RunLog>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for LogStream {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LogStream").finish_non_exhaustive()
    }
}
