//! What `create`, `update` and `replace` have in common: one write, which Ctrl-C lets end.

use port_webhooks::{Error, Outcome, Request, Webhook};

use crate::arguments::OutputArguments;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::show;
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};

/// A write to one webhook.
pub(super) struct Write<'a> {
    /// Such as `create`.
    pub(super) verb: &'static str,
    /// Such as `created`.
    pub(super) done: &'static str,
    /// The webhook, and the name that it is given; none where Port chooses it.
    pub(super) names: Vec<&'a str>,
}

impl Write<'_> {
    /// Sends it, and shows the webhook that came of it.
    pub(super) async fn send<C>(&self, request: Request<Webhook, C>, shown: &OutputArguments) -> Result<()>
    where
        Request<Webhook, C>: IntoFuture<Output = Result<Webhook, Error>>,
    {
        let name = self.names.first().map_or_else(|| "a webhook".to_owned(), |name| one_line(name));
        let doing = format!("{} {name}", self.verb);
        let sent = Interrupt::listen()?.finish(&doing, request.into_future()).await;
        let sent = sent
            .map_err(|given_up| given_up.advice(format!("it may have been carried out: {}", self.look())))?;
        let webhook = sent.map_err(|error| self.failed(error))?;
        note(format!("{} {}", self.done, one_line(&webhook.identifier)));
        show::webhook(&mut Output::new(), shown, &webhook)
    }

    /// Says what is at Port now, and what to do.
    fn failed(&self, error: Error) -> Failure {
        let outcome = error.outcome();
        let failure = Failure::from(error);
        match outcome {
            // The error itself says whether it may have been applied.
            Outcome::Unknown | Outcome::Applied => failure.advice(self.look()),
            _ => failure.or_advice("nothing was changed at Port"),
        }
    }

    /// The command that reads what was written. After a change of the name it has the one or the other.
    fn look(&self) -> String {
        let get = |name: &&str| format!("`port-webhooks get {}`", one_line(name));
        let commands = match self.names.as_slice() {
            [] => "`port-webhooks list`".to_owned(),
            names => names.iter().map(get).collect::<Vec<_>>().join(" or "),
        };
        format!("{commands} shows the current state")
    }
}
