//! Counts, which are kept whatever is recorded.

use serde::Serialize;

/// What a fake has done since its start. It counts whatever is [recorded](crate::Recording).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counts {
    /// Requests received, those for tokens and refused ones included.
    pub requests: u64,
    /// Requests for a token, refused ones included.
    pub token_requests: u64,
    /// Requests for a token that got one.
    pub tokens_issued: u64,
    /// Writes that changed the state.
    pub writes: u64,
    /// Requests that a fault was applied to.
    pub faults: u64,
    /// Requests beyond the rate limit.
    pub rate_limited: u64,
    /// Deliveries, copies and refused ones included.
    pub deliveries: u64,
    /// Connections accepted. `None` under wiremock, which does not count them.
    pub connections: Option<u64>,
    /// Bytes received on connections, headers included. `None` under wiremock.
    pub bytes_received: Option<u64>,
    /// Bytes sent on connections, headers included. `None` under wiremock.
    pub bytes_sent: Option<u64>,
}
