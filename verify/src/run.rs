//! A run: every probe in turn, and then everything it made is removed, whatever happened.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::{Either, select};

use crate::cleanup::clean;
use crate::facts::{Fact, facts};
use crate::report::{Finding, Outcome, Report, Settled};
use crate::session::{Session, Wait};
use crate::settings::Settings;

/// Asks about every fact. Ends early, and cleans up all the same, when `stop` does.
///
/// # Errors
///
/// When there is no token, so that nothing can be asked and nothing was made.
pub async fn run(settings: Settings, wait: Wait, stop: impl Future<Output = ()>) -> Result<Report, String> {
    run_with(settings, wait, stop, facts()).await
}

/// Asks about these facts.
///
/// # Errors
///
/// As those of [`run`].
pub async fn run_with(
    settings: Settings,
    wait: Wait,
    stop: impl Future<Output = ()>,
    facts: Vec<Fact>,
) -> Result<Report, String> {
    let mut session = Session::new(settings, wait)?;
    if let Err(reason) = session.log_in().await {
        return Err(session.redact(&reason));
    }
    let mut findings = Vec::new();
    {
        let asking = Box::pin(ask_all(&mut session, facts, &mut findings));
        if let Either::Right(_) = select(asking, Box::pin(stop)).await {
            eprintln!("stopping; deleting the webhooks of this run (Ctrl-C again aborts)");
        }
    }
    let cleaned = clean(&mut session).await;
    let findings =
        findings.into_iter().map(|(fact, outcome)| Finding { fact, outcome: hide(&session, outcome) });
    Ok(Report {
        findings: findings.collect(),
        removed: cleaned.removed,
        left: cleaned.left.iter().map(|text| session.redact(text)).collect(),
        requests: session.seen.requests,
    })
}

async fn ask_all(session: &mut Session, facts: Vec<Fact>, findings: &mut Vec<(&'static str, Outcome)>) {
    for fact in facts {
        let outcome = match fact.probe {
            Some(probe) => AssertUnwindSafe(probe(session))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err("the probe panicked, which is a mistake in it".to_owned())),
            None => Err(fact.cannot.unwrap_or("there is no probe of this name").to_owned()),
        };
        findings.push((fact.id, outcome));
    }
}

fn hide(session: &Session, outcome: Outcome) -> Outcome {
    match outcome {
        Ok(settled) => {
            Ok(Settled { value: session.redact(&settled.value), evidence: session.redact(&settled.evidence) })
        }
        Err(reason) => Err(session.redact(&reason)),
    }
}
