//! The commands. Those that are alike share a file.

mod apply;
mod delete;
mod events;
mod export;
mod fake;
mod generated;
mod listen;
mod map;
mod map_test;
mod mappings;
mod read;
mod render;
mod run;
mod send;
mod sign;
mod trigger;
mod validate;
mod verify;
mod whoami;
mod write;

use std::process::ExitCode;

use clap::Subcommand;
use tokio::runtime::Builder;

use crate::exit::Exit;
use crate::failure::{Failure, Result};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List webhooks
    #[command(after_help = read::LIST_EXAMPLES)]
    List(read::ListArguments),
    /// Show one webhook, or several
    #[command(after_help = read::GET_EXAMPLES)]
    Get(read::GetArguments),
    /// Create a webhook
    #[command(after_help = write::CREATE_EXAMPLES)]
    Create(Box<write::CreateArguments>),
    /// Change some fields of a webhook
    #[command(after_help = write::UPDATE_EXAMPLES)]
    Update(Box<write::UpdateArguments>),
    /// Replace a webhook; fields that are not given are removed
    #[command(after_help = write::REPLACE_EXAMPLES)]
    Replace(Box<write::ReplaceArguments>),
    /// Delete webhooks
    #[command(after_help = delete::EXAMPLES)]
    Delete(delete::Arguments),
    /// Create and change webhooks so that they match files
    #[command(after_help = apply::EXAMPLES)]
    Apply(Box<apply::Arguments>),
    /// Check files for `apply`, without asking Port
    #[command(after_help = validate::EXAMPLES)]
    Validate(validate::Arguments),
    /// Print the JSON Schema of the files for `apply`, for editors
    #[command(after_help = generated::SCHEMA_EXAMPLES)]
    Schema(generated::SchemaArguments),
    /// Write webhooks as a file that `apply` reads
    #[command(after_help = export::EXAMPLES)]
    Export(export::Arguments),
    /// Show what becomes of an event by the mappings of a webhook; needs no Port account
    #[command(after_help = map::EXAMPLES)]
    Map(Box<map::Arguments>),
    /// Show what Port would send for a template; needs no Port account
    #[command(after_help = render::EXAMPLES)]
    Render(render::Arguments),
    /// Send an event to a data source, as a third party does
    #[command(after_help = send::EXAMPLES)]
    Send(Box<send::Arguments>),
    /// Read the runs of actions, and report on them
    #[command(after_help = run::EXAMPLES)]
    Run(Box<run::Arguments>),
    /// Show which Port is used, by which credentials, and whether it accepts them
    #[command(after_help = whoami::EXAMPLES)]
    Whoami(whoami::Arguments),
    /// Receive deliveries on this machine; verify, show and forward them
    #[command(after_help = listen::EXAMPLES)]
    Listen(Box<listen::Arguments>),
    /// Send a signed test delivery to a receiver; needs no Port account
    #[command(after_help = trigger::EXAMPLES)]
    Trigger(Box<trigger::Arguments>),
    /// Print the signature headers of a body
    #[command(after_help = sign::EXAMPLES)]
    Sign(sign::Arguments),
    /// Check the signature of a body
    #[command(after_help = verify::EXAMPLES)]
    Verify(Box<verify::Arguments>),
    /// List the events, or show the example payload of one
    #[command(after_help = events::EXAMPLES)]
    Events(events::Arguments),
    /// Run a fake Port on this machine
    #[command(after_help = fake::EXAMPLES)]
    Fake(fake::Arguments),
    /// Print the completion script of a shell
    #[command(after_help = generated::COMPLETIONS_EXAMPLES)]
    Completions(generated::CompletionsArguments),
    /// Print a manual page
    #[command(after_help = generated::MAN_EXAMPLES)]
    Man(generated::ManArguments),
}

impl Command {
    /// Carries the command out. `whole` is the command line of which it is a part.
    pub(crate) fn run(&self, whole: fn() -> clap::Command) -> Result<ExitCode> {
        match self {
            Self::List(arguments) => block_on(read::list(arguments)),
            Self::Get(arguments) => block_on(read::get(arguments)),
            Self::Create(arguments) => block_on(write::create(arguments)),
            Self::Update(arguments) => block_on(write::update(arguments)),
            Self::Replace(arguments) => block_on(write::replace(arguments)),
            Self::Delete(arguments) => block_on(delete::run(arguments)),
            Self::Apply(arguments) => return block_on(apply::run(arguments)).map(ExitCode::from),
            Self::Validate(arguments) => validate::run(arguments),
            Self::Schema(arguments) => generated::schema(arguments),
            Self::Export(arguments) => block_on(export::run(arguments)),
            Self::Map(arguments) => return map::run(arguments).map(ExitCode::from),
            Self::Render(arguments) => render::run(arguments),
            Self::Send(arguments) => block_on(send::run(arguments)),
            Self::Run(arguments) => return block_on(run::run(arguments)).map(ExitCode::from),
            Self::Whoami(arguments) => block_on(whoami::run(arguments)),
            Self::Listen(arguments) => block_on(listen::run(arguments)),
            Self::Trigger(arguments) => block_on(trigger::run(arguments)),
            Self::Sign(arguments) => sign::run(arguments),
            Self::Verify(arguments) => verify::run(arguments),
            Self::Events(arguments) => events::run(arguments),
            Self::Fake(arguments) => block_on(fake::run(arguments)),
            Self::Completions(arguments) => generated::completions(arguments, whole()),
            Self::Man(arguments) => generated::man(arguments, whole()),
        }?;
        Ok(Exit::Done.into())
    }
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, "cannot start the asynchronous runtime").because(&error)
    };
    let runtime = Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let done = runtime.block_on(work);
    // Do not wait for blocked threads, such as a write to standard output that nobody reads.
    runtime.shutdown_background();
    done
}
