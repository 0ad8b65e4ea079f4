//! Numbers that cost nothing to keep.

use serde::Serialize;

/// How much a fake has done since its start. Kept whatever is [recorded](crate::Recording).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Counts {
    /// Requests received, those for tokens and refused ones included.
    pub requests: u64,
    /// Requests for a token, refused ones included.
    pub token_requests: u64,
    /// Requests for a token that were granted one.
    pub tokens_issued: u64,
    /// Writes that changed the state.
    pub writes: u64,
    /// Requests that a fault befell.
    pub faults: u64,
    /// Requests beyond the rate limit.
    pub rate_limited: u64,
    /// Deliveries that were to be made, copies and refused ones included.
    pub deliveries: u64,
    /// Connections accepted. `None` where the HTTP server does not tell, as wiremock does not.
    pub connections: Option<u64>,
    /// Bytes received on connections, headers included. `None` where the HTTP server does not tell.
    pub bytes_received: Option<u64>,
    /// Bytes sent on connections, headers included. `None` where the HTTP server does not tell.
    pub bytes_sent: Option<u64>,
}
