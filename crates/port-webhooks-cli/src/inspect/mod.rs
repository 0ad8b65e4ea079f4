//! `--inspect`: a page on this machine that shows what arrives, as it arrives.

mod access;
mod curl;
mod entry;
mod log;
mod masker;
mod members;
mod routes;
mod state;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use fake_port::FakePort;
use tokio::net::TcpListener;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::listen::Forwarder;
use crate::terminal::note;

pub(crate) use log::Log;
pub(crate) use masker::Masker;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Inspect")]
pub(crate) struct InspectArguments {
    /// Serve a page on 127.0.0.1 that shows what arrives, as it arrives; prints its URL
    #[arg(long)]
    inspect: bool,
    /// Port of the page; 0 chooses a free one
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "inspect")]
    inspect_port: u16,
    /// Show secrets on the page, and copy them as curl; other users of this machine can read the page
    #[arg(long, requires = "inspect")]
    inspect_secrets: bool,
}

impl InspectArguments {
    pub(crate) fn shows_secrets(&self) -> bool {
        self.inspect_secrets
    }

    /// Binds the port of the page; `None` if no page was asked for.
    pub(crate) async fn open(&self, masker: Masker) -> Result<Option<Inspector>> {
        if !self.inspect {
            return Ok(None);
        }
        let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, self.inspect_port)).await;
        let listener = bound.map_err(|error| {
            let what = format!("--inspect-port: cannot listen on 127.0.0.1, port {}", self.inspect_port);
            Failure::new(Exit::Failed, what).because(&error).advice("give another port, or 0 for a free one")
        })?;
        Ok(Some(Inspector { listener, log: Arc::new(Log::new(masker)) }))
    }
}

/// A page that is not served yet. What is entered into its log is shown once it is.
pub(crate) struct Inspector {
    listener: TcpListener,
    pub(crate) log: Arc<Log>,
}

/// What the page shows and sends again.
pub(crate) enum Source {
    /// Deliveries of `listen`; sent again to the target of `--forward-to`.
    Receiver(Option<Box<Forwarder>>),
    /// What the fake received and sent.
    Fake(Box<FakePort>),
}

impl Inspector {
    /// Serves the page until the process ends. `address` is that of the receiver or of the fake.
    pub(crate) fn serve(self, address: String, source: Source) -> Result<()> {
        let failed =
            |error: std::io::Error| Failure::new(Exit::Failed, "cannot serve the page").because(&error);
        let page: SocketAddr = self.listener.local_addr().map_err(failed)?;
        self.log.set_address(address);
        tokio::spawn(axum::serve(self.listener, routes::router(self.log, source)).into_future());
        note(format!("inspect at http://{page}"));
        Ok(())
    }
}
