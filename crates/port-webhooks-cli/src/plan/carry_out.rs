//! Carries a plan out, step by step, and reports the progress.

use port_webhooks::plan::{Action, Plan, Step};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::{Session, written};
use crate::signals::Interrupt;
use crate::terminal::{GREEN, note, one_line, styled};

fn doing(step: &Step) -> String {
    format!("{} {}", verb(step), one_line(step.identifier()))
}

fn done(step: &Step) -> String {
    format!("{}d {}", verb(step), one_line(step.identifier()))
}

fn verb(step: &Step) -> &'static str {
    match step.action() {
        Action::Create(_) => "create",
        Action::Delete => "delete",
        _ => "change",
    }
}

async fn send(step: &Step, port: &Session) -> Result<()> {
    let (hooks, identifier) = (&port.hooks, step.identifier());
    let response = match step.action() {
        Action::Create(new) => port.ask(hooks.create((**new).clone()).reconcile(true)).await,
        Action::Update(patch) => port.ask(hooks.update(identifier, (**patch).clone())).await,
        Action::Replace(whole) => port.ask(hooks.replace(identifier, (**whole).clone())).await,
        Action::Delete => {
            return match port.delete(identifier).await {
                // Somebody else has deleted it.
                Err(failure) if failure.exit() == Exit::NotFound => Ok(()),
                deleted => deleted,
            };
        }
        _ => return Ok(()),
    };
    written(response.map(drop), ())
}

/// Carries out one step after another. Stops at the first failure, or at Ctrl-C, and reports which steps were done and
/// which were not. Running the same command again finishes the plan.
pub(crate) async fn carry_out(
    port: &Session,
    plan: &Plan,
    mut tell_progress: impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let total = plan.pending().len();
    for (at, step) in plan.pending().iter().enumerate() {
        let written = if interrupt.is_set() {
            Err(Failure::new(Exit::Interrupted, "stopped by Ctrl-C"))
        } else {
            interrupt.finish(&doing(step), send(step, port)).await.and_then(|sent| sent)
        };
        match written {
            Ok(()) => tell_progress(format!("[{}/{total}] {}", at + 1, styled(GREEN, done(step))))?,
            Err(failure) => return Err(tell(failure, plan, at)),
        }
    }
    Ok(())
}

/// Reports which steps were done, which were not, and which may have been.
fn tell(failure: Failure, plan: &Plan, count: usize) -> Failure {
    let list = |steps: &[Step], name: fn(&Step) -> String| match steps {
        [] => "nothing".to_owned(),
        steps => steps.iter().map(name).collect::<Vec<_>>().join(", "),
    };
    let (before, mut after) = plan.pending().split_at(count);
    note(format!("done: {}", list(before, done)));
    if failure.in_doubt
        && let [step, rest @ ..] = after
    {
        note(format!("outcome unknown: {}", doing(step)));
        after = rest;
    }
    note(format!("not done: {}", list(after, doing)));
    let interrupted = failure.exit() == Exit::Interrupted;
    failure.advice(if interrupted {
        "run the same command again to finish"
    } else {
        "fix the cause, then run the same command again"
    })
}
