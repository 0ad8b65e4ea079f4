//! `create`, `update` and `replace`: one write to one webhook, which Ctrl-C does not cut off.

use clap::Args;
use port_webhooks::{Error, Outcome, Request, Webhook};
use serde_json::Value;

use crate::arguments::{CLEARABLE, ConnectionArguments, FieldArguments, OutputArguments, clear};
use crate::document::Document;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::session::Session;
use crate::show;
use crate::signals::Interrupt;
use crate::terminal::{note, one_line};

pub(crate) const CREATE_EXAMPLES: &str = "\
Examples:
  port-webhooks create audit --url https://audit.example.com/port \\
      --event entity.created,run.completed \\
      --secret-from-env AUDIT_SECRET --header-from-env X-API-Key=AUDIT_KEY
  port-webhooks create -f audit.yaml
  # A data source has no --url and no --event:
  port-webhooks create github --title GitHub -f mappings.json";

pub(crate) const UPDATE_EXAMPLES: &str = "\
--header replaces all headers: those that are not given are removed.

Examples:
  port-webhooks update audit --url https://audit.example.com/v2 --enabled=false
  port-webhooks update audit --clear description,headers
  port-webhooks update audit --rename audit-log
  echo '{\"title\": \"Audit\", \"icon\": null}' | port-webhooks update audit -f -";

pub(crate) const REPLACE_EXAMPLES: &str = "\
Examples:
  port-webhooks replace audit -f audit.yaml
  port-webhooks get audit -o json --show-secrets |
      jq '.events += [\"run.created\"]' | port-webhooks replace -f -";

#[derive(Args, Debug)]
pub(crate) struct CreateArguments {
    /// Identifier of the new webhook. If neither this nor the file has one, Port may choose it
    identifier: Option<String>,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Args, Debug)]
pub(crate) struct UpdateArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// Field to clear; comma-separated or repeated. In a file, use null
    #[arg(long, value_parser = CLEARABLE, value_name = "FIELD", value_delimiter = ',')]
    clear: Vec<String>,
    #[command(flatten)]
    write: WriteArguments,
}

#[derive(Args, Debug)]
pub(crate) struct ReplaceArguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    write: WriteArguments,
}

/// A webhook that exists.
#[derive(Args, Debug)]
struct TargetArguments {
    /// Identifier of the webhook; may be in the file instead
    #[arg(required_unless_present = "file")]
    identifier: Option<String>,
    /// New identifier. Whether Port can rename a webhook is not verified
    #[arg(long, value_name = "IDENTIFIER")]
    rename: Option<String>,
}

#[derive(Args, Debug)]
struct WriteArguments {
    #[command(flatten)]
    fields: FieldArguments,
    #[command(flatten)]
    shown: OutputArguments,
    #[command(flatten)]
    connection: ConnectionArguments,
}

pub(crate) async fn create(arguments: &CreateArguments) -> Result<()> {
    let (port, mut document) = arguments.write.read()?;
    if let Some(identifier) = &arguments.identifier {
        document.set("identifier", identifier.as_str());
    }
    if document.fields.is_empty() {
        return Err(
            Failure::usage("nothing to create").advice("give an identifier and fields, or a file (-f)")
        );
    }
    document.check()?;
    document.note_left_out();
    // After a lost response, the client looks the webhook up.
    let request = port.ask(port.hooks.create(document.to_new()?).reconcile(true));
    let names = document.identifier().into_iter().collect();
    arguments.write.send(request, ["create", "created"], names).await
}

pub(crate) async fn update(arguments: &UpdateArguments) -> Result<()> {
    let (port, mut document) = arguments.write.read()?;
    let target = arguments.target.find(&mut document)?;
    if arguments.target.rename.is_none() {
        document.fields.remove("identifier");
    }
    clear(&mut document, &arguments.clear)?;
    if document.fields.is_empty() {
        return Err(
            Failure::usage("nothing to change").advice("give fields by flags, by --clear or in a file (-f)")
        );
    }
    document.check()?;
    document.note_left_out();
    let request = port.ask(port.hooks.update(&target, document.to_patch()?));
    arguments.write.send(request, ["update", "updated"], arguments.target.names(&target)).await
}

pub(crate) async fn replace(arguments: &ReplaceArguments) -> Result<()> {
    let (port, mut document) = arguments.write.read()?;
    let target = arguments.target.find(&mut document)?;
    if document.fields.keys().all(|name| name == "identifier") {
        return Err(
            Failure::usage("no fields to replace it with").advice("give fields by flags or in a file (-f)")
        );
    }
    // The documented contract wants it in the body, too.
    document.fields.entry("identifier").or_insert_with(|| Value::from(target.as_str()));
    document.check()?;
    document.note_left_out();
    let request = port.ask(port.hooks.replace(&target, document.to_replacement()?));
    arguments.write.send(request, ["replace", "replaced"], arguments.target.names(&target)).await
}

impl TargetArguments {
    /// The identifier of the webhook. The new one, if any, becomes that of the document.
    fn find(&self, document: &mut Document) -> Result<String> {
        document.target(self.identifier.as_deref(), self.rename.as_deref())
    }

    /// The names by which the webhook can be found after a write.
    fn names<'a>(&'a self, target: &'a str) -> Vec<&'a str> {
        [Some(target), self.rename.as_deref()].into_iter().flatten().collect()
    }
}

impl WriteArguments {
    fn read(&self) -> Result<(Session, Document)> {
        let port = self.connection.open()?;
        let document = self.fields.read(&port.environment)?;
        Ok((port, document))
    }

    /// Sends the request, and shows the webhook that Port returns. `names` are those that the webhook may have now; none
    /// where Port chooses it.
    async fn send<C>(&self, request: Request<Webhook, C>, verb: [&str; 2], names: Vec<&str>) -> Result<()>
    where
        Request<Webhook, C>: IntoFuture<Output = Result<Webhook, Error>>,
    {
        let [verb, done] = verb;
        let name = names.first().map_or_else(|| "a webhook".to_owned(), |name| one_line(name));
        let sent = Interrupt::listen()?.finish(&format!("{verb} {name}"), request.into_future()).await;
        let look = || {
            let get = |name: &&str| format!("`port-webhooks get {}`", one_line(name));
            let commands = match names.as_slice() {
                [] => "`port-webhooks list`".to_owned(),
                names => names.iter().map(get).collect::<Vec<_>>().join(" or "),
            };
            format!("{commands} shows the current state")
        };
        let sent =
            sent.map_err(|aborted| aborted.advice(format!("it may have been carried out: {}", look())))?;
        let webhook = sent.map_err(|error| match error.outcome() {
            // The error itself says whether it may have been applied.
            Outcome::Unknown | Outcome::Applied => Failure::from(error).advice(look()),
            _ => Failure::from(error).or_advice("nothing was changed at Port"),
        })?;
        note(format!("{done} {}", one_line(&webhook.identifier)));
        show::webhook(&mut Output::new(), &self.shown, &webhook)
    }
}
