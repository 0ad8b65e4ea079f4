//! The servers that a fake runs under. Each turns what arrives into a request, asks the core, and does what
//! it says.

mod own;
mod wire_mock;

use std::net::TcpListener;
use std::{fmt, io};

use crate::shared::Shared;
use crate::traffic::Traffic;

/// A running server. It stops when it is dropped.
pub(crate) enum Server {
    WireMock { _server: wire_mock::Server },
    Own(own::Server),
}

impl Server {
    /// A server for a test.
    pub(crate) async fn wiremock(shared: Shared, listener: TcpListener) -> Self {
        Self::WireMock { _server: wire_mock::Server::start(shared, listener).await }
    }

    /// A server that can break what it sends, and that can run for days.
    pub(crate) fn own(shared: Shared, listener: TcpListener) -> io::Result<Self> {
        own::Server::start(shared, listener).map(Self::Own)
    }

    /// What passed over its connections, where it can tell.
    pub(crate) fn traffic(&self) -> Option<&Traffic> {
        match self {
            Self::WireMock { .. } => None,
            Self::Own(server) => Some(server.traffic()),
        }
    }

    /// Whether it can do more than answer wholly, late or not at all.
    pub(crate) fn can_break_answers(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WireMock { .. } => "wiremock",
            Self::Own(_) => "own",
        })
    }
}
