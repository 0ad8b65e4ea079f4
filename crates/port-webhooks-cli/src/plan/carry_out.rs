//! Carries a plan out, step by step, and says how far it came.

use port_webhooks::{Action, Outcome, Plan, Step};

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::{Session, WriteError};
use crate::signals::Interrupt;
use crate::terminal::{GREEN, note, one_line, styled};

/// What is done, such as `create a`.
fn doing(step: &Step) -> String {
    format!("{} {}", verbs(step).0, one_line(step.identifier()))
}

/// What was done, such as `created a`.
fn done(step: &Step) -> String {
    format!("{} {}", verbs(step).1, one_line(step.identifier()))
}

fn verbs(step: &Step) -> (&'static str, &'static str) {
    match step.action() {
        Action::Create(_) => ("create", "created"),
        Action::Delete => ("delete", "deleted"),
        _ => ("change", "changed"),
    }
}

async fn send(step: &Step, port: &Session) -> Result<(), WriteError> {
    let (hooks, identifier) = (&port.hooks, step.identifier());
    let written = match step.action() {
        Action::Create(new) => port.ask(hooks.create((**new).clone()).reconcile(true)).await,
        Action::Update(patch) => port.ask(hooks.update(identifier, (**patch).clone())).await,
        Action::Replace(whole) => port.ask(hooks.replace(identifier, (**whole).clone())).await,
        Action::Delete => {
            return match port.delete(identifier).await {
                // Somebody else has deleted it.
                Err(error) if error.failure.exit() == Exit::NotFound => Ok(()),
                deleted => deleted,
            };
        }
        _ => return Ok(()),
    };
    match written {
        Ok(_) => Ok(()),
        // Only its answer was lost.
        Err(error) if error.outcome() == Outcome::Applied => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Carries each step out, one after another. The first that fails is the last; what was done and what was not is said
/// then, and run the same command again to finish. So it is when somebody presses Ctrl-C.
pub(crate) async fn carry_out(
    port: &Session,
    plan: &Plan,
    mut tell_progress: impl FnMut(String) -> Result<()>,
) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let total = plan.pending().len();
    for (at, step) in plan.pending().iter().enumerate() {
        if interrupt.is_set() {
            let failure = Failure::new(Exit::Interrupted, "stopped by Ctrl-C");
            return Err(tell(failure, plan, at, None));
        }
        let doing = doing(step);
        match interrupt.finish(&doing, send(step, port)).await {
            Ok(Ok(())) => tell_progress(format!("[{}/{total}] {}", at + 1, styled(GREEN, done(step))))?,
            Ok(Err(WriteError { failure, in_doubt })) => {
                return Err(tell(failure, plan, at, in_doubt.then_some(step)));
            }
            Err(given_up) => return Err(tell(given_up, plan, at, Some(step))),
        }
    }
    Ok(())
}

/// Says what was done, what was not, and what is not known.
fn tell(failure: Failure, plan: &Plan, count: usize, in_doubt: Option<&Step>) -> Failure {
    let list = |steps: &[Step], name: fn(&Step) -> String| match steps {
        [] => "nothing".to_owned(),
        steps => steps.iter().map(name).collect::<Vec<_>>().join(", "),
    };
    let (before, after) = plan.pending().split_at(count);
    note(format!("done: {}", list(before, done)));
    let after = match in_doubt {
        Some(step) => {
            note(format!("outcome unknown: {}", doing(step)));
            &after[1..]
        }
        None => after,
    };
    note(format!("not done: {}", list(after, doing)));
    let interrupted = failure.exit() == Exit::Interrupted;
    failure.advice(if interrupted {
        "run the same command again to finish"
    } else {
        "fix the cause, then run the same command again"
    })
}
