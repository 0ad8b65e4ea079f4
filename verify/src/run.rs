//! A run: every probe in turn, and then everything it made is removed, whatever happened.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;

use crate::Result;
use crate::ledger::Fact;
use crate::names::is_ours;
use crate::report::{Finding, Report, Settled};
use crate::response::Response;
use crate::session::{MOST_REQUESTS, Session, Wait};
use crate::settings::Settings;
use crate::webhooks::WEBHOOKS;

/// How often a request of the clean-up is sent at most.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(1);
/// Of 100 webhooks each.
const MOST_PAGES: u32 = 20;

/// Asks about each of these facts. Ends early, and cleans up all the same, when `stop` does.
///
/// # Errors
///
/// When there is no token, so that nothing can be asked and nothing was made.
pub async fn run(
    settings: Settings,
    wait: Wait,
    stop: impl Future<Output = ()>,
    facts: Vec<Fact>,
) -> Result<Report> {
    let mut session = Session::new(settings, wait)?;
    session.log_in().await.map_err(|reason| session.redact(&reason))?;
    let mut report = Report { findings: Vec::new(), removed: Vec::new(), left: Vec::new(), requests: 0 };
    tokio::select! {
        biased;
        () = stop => eprintln!("stopping; deleting the webhooks of this run (Ctrl-C again aborts)"),
        () = session.ask_all(facts, &mut report.findings) => {}
    }
    session.limit = session.sent + MOST_REQUESTS;
    session.clean_up(&mut report).await;
    report.requests = session.sent;
    Ok(report)
}

/// What a probe has sent and got. Of successes before the last response, the status is enough.
fn evidence(log: &[Response]) -> String {
    let each = log.iter().enumerate().map(|(index, response)| {
        let is_short = response.ok() && index + 1 < log.len();
        let shown = if is_short { response.status.to_string() } else { response.summary() };
        format!("{}: {shown}", response.request)
    });
    each.collect::<Vec<_>>().join("; ")
}

impl Session {
    async fn ask_all(&mut self, facts: Vec<Fact>, findings: &mut Vec<Finding>) {
        for fact in facts {
            let outcome = self.ask(&fact).await;
            findings.push(Finding { fact: fact.id, outcome });
        }
    }

    async fn ask(&mut self, fact: &Fact) -> Result<Settled> {
        let cannot = fact.cannot.as_deref().unwrap_or("there is no probe of this name");
        let probe = fact.probe.ok_or(cannot)?;
        let before = self.log.len();
        let value = AssertUnwindSafe(probe(self))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err("the probe panicked, which is a mistake in it".to_owned()));
        let evidence = self.redact(&evidence(&self.log[before..]));
        match value {
            Ok(value) if evidence.is_empty() => {
                Ok(Settled { value, evidence: format!("{before} responses of other probes") })
            }
            Ok(value) => Ok(Settled { value: self.redact(&value), evidence }),
            Err(reason) if evidence.is_empty() => Err(self.redact(&reason)),
            Err(reason) => Err(format!("{}: {evidence}", self.redact(&reason))),
        }
    }

    /// Removes every webhook that [`is_ours`], and no other: those of this run, and those that a stopped one has left.
    async fn clean_up(&mut self, report: &mut Report) {
        // It could be somebody else's by now.
        let stray = |name| format!("{name}: the server chose this name, so it is left alone");
        report.left.extend(std::mem::take(&mut self.strays).into_iter().map(stray));
        // When there is no new token, the old one may still do.
        for _ in 0..TRIES {
            if self.log_in().await.is_ok() {
                break;
            }
            (self.wait)(BETWEEN).await;
        }
        let mut names: BTreeSet<_> = self.made.iter().filter(|name| is_ours(name)).cloned().collect();
        if let Err(reason) = self.find_ours(&mut names).await {
            report.left.push(format!("webhooks of earlier runs, if any: {}", self.redact(&reason)));
        }
        for name in names {
            let path = format!("{WEBHOOKS}/{name}");
            match self.insist(Method::DELETE, &path, |response| response.ok() || response.status == 404).await
            {
                Ok(response) if response.ok() => report.removed.push(name),
                Ok(_) => {}
                Err(reason) => report.left.push(format!("{name}: {}", self.redact(&reason))),
            }
        }
    }

    /// Adds the webhooks of runs in the list. A page without a new one is the last, so a server that knows no pages is
    /// asked twice.
    async fn find_ours(&mut self, names: &mut BTreeSet<String>) -> Result<()> {
        let mut known = BTreeSet::new();
        for page in 1..=MOST_PAGES {
            let path = format!("{WEBHOOKS}?page={page}&per_page=100");
            let response = self.insist(Method::GET, &path, Response::ok).await?;
            let (_, identifiers) = response.list().ok_or("the response has no list of webhooks")?;
            let before = known.len();
            known.extend(identifiers.into_iter().map(str::to_owned));
            names.extend(known.iter().filter(|name| is_ours(name)).cloned());
            if known.len() == before {
                return Ok(());
            }
        }
        Err(format!("the list has more than {MOST_PAGES} pages"))
    }

    /// Repeats a request until its response will do.
    async fn insist(
        &mut self,
        method: Method,
        path: &str,
        will_do: fn(&Response) -> bool,
    ) -> Result<Response> {
        for _ in 1..TRIES {
            match self.request(method.clone(), path, None).await {
                Ok(response) if will_do(&response) => return Ok(response),
                _ => (self.wait)(BETWEEN).await,
            }
        }
        let last = self.request(method.clone(), path, None).await?;
        if will_do(&last) { Ok(last) } else { Err(last.summary()) }
    }
}
