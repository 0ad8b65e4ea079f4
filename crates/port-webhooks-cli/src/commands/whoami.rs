//! `whoami`: shows which Port is used, by which credentials, and whether it accepts them.

use clap::Args;
use serde::Serialize;

use crate::address;
use crate::arguments::{ConnectionArguments, Format};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show;
use crate::terminal::{BOLD, DIM, styled};

pub(crate) const EXAMPLES: &str = "\
Shows no secret. The exit status is 0 if Port accepts the credentials.

Examples:
  port-webhooks whoami
  port-webhooks whoami --env-file prod.env -o json | jq -r .address";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    #[command(flatten)]
    connection: ConnectionArguments,
}

#[derive(Serialize)]
struct Caller<'a> {
    address: &'a str,
    /// `None` unless the address is that of a region.
    region: Option<&'static str>,
    credentials: String,
    accepted: bool,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<()> {
    let (settings, environment) = arguments.connection.settings()?;
    let port = arguments.connection.connect(&settings, environment)?;
    // The smallest request that needs a token.
    let asked = port.ask(port.hooks.list().per_page(1)).page(1).await;
    let refused = asked.err().map(Failure::from);
    let caller = Caller {
        address: address::get().unwrap_or_default(),
        region: settings.region(),
        credentials: settings.credentials_shown(),
        accepted: refused.as_ref().is_none_or(|failure| failure.exit() == Exit::Permission),
    };
    let format = arguments.output.of_a_file();
    show::result(&mut Output::new(), format, &caller, || caller.text(refused.as_ref()))?;
    refused.map_or(Ok(()), Err)
}

impl Caller<'_> {
    fn text(&self, refused: Option<&Failure>) -> String {
        let token = match refused.map(Failure::exit) {
            None => "accepted",
            Some(Exit::Permission) => "accepted, but may not list webhooks",
            Some(Exit::Authentication) => "rejected",
            Some(_) => "not checked: see the error",
        };
        let region = self.region.unwrap_or("none: the address is set by its URL");
        let lines = [
            ("address", self.address),
            ("region", region),
            ("credentials", &self.credentials),
            ("token", token),
        ];
        let line =
            |(name, value)| format!("{}  {}\n", styled(DIM, format!("{name:<11}")), styled(BOLD, value));
        lines.map(line).concat()
    }
}
