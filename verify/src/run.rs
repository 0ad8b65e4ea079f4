//! A run: every probe in turn, and then everything it made is removed, whatever happened.

use std::collections::BTreeSet;
use std::mem;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::Method;

use crate::Result;
use crate::ledger::Fact;
use crate::response::Response;
use crate::session::{MOST_REQUESTS, Session, Wait};
use crate::settings::Settings;
use crate::webhooks::{WEBHOOKS, is_ours};

/// How often a request of the clean-up is sent at most.
const TRIES: u32 = 3;
const BETWEEN: Duration = Duration::from_secs(1);
/// Of 100 webhooks each.
const MOST_PAGES: u32 = 20;

/// A fact that was settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// What holds, in the words of the ledger.
    pub value: String,
    /// What was asked and what came back, without anything secret.
    pub evidence: String,
}

/// What became of one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The fact's name in the ledger.
    pub fact: String,
    /// What was found, or why the fact could not be settled.
    pub outcome: Result<Settled>,
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One for each fact that was asked about, in the order of the ledger.
    pub findings: Vec<Finding>,
    /// The webhooks that were removed at the end.
    pub removed: Vec<String>,
    /// What could not be removed, with the reason.
    pub left: Vec<String>,
    /// How many requests were sent.
    pub requests: u32,
}

impl Report {
    /// A fact with its evidence, if it was settled.
    pub(crate) fn settled(&self, fact: &str) -> Option<&Settled> {
        let finding = self.findings.iter().find(|finding| finding.fact == fact)?;
        finding.outcome.as_ref().ok()
    }

    /// The value of a fact, if it was settled.
    pub fn value(&self, fact: &str) -> Option<&str> {
        self.settled(fact).map(|settled| settled.value.as_str())
    }
}

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
    let mut findings = Vec::new();
    let questions = async {
        for fact in facts {
            findings.push(Finding { outcome: session.ask(&fact).await, fact: fact.id });
        }
    };
    tokio::select! {
        biased;
        () = stop => eprintln!("stopping; deleting the webhooks of this run (Ctrl-C again aborts)"),
        () = questions => {}
    }
    let removed = session.clean_up().await;
    let left = session.left.iter().map(|left| session.redact(left)).collect();
    Ok(Report { findings, removed, left, requests: session.sent })
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
    async fn ask(&mut self, fact: &Fact) -> Result<Settled> {
        let cannot = fact.cannot.as_deref().unwrap_or("there is no probe of this name");
        let probe = fact.probe.ok_or(cannot)?;
        self.asked = self.log.len();
        let value = AssertUnwindSafe(probe(self)).catch_unwind().await;
        let value = value.unwrap_or_else(|_| Err("the probe panicked, which is a mistake in it".to_owned()));
        let value = value.map(|value| self.redact(&value)).map_err(|reason| self.redact(&reason));
        let evidence = self.redact(&evidence(&self.log[self.asked..]));
        match (value, evidence.is_empty()) {
            (Ok(value), false) => Ok(Settled { value, evidence }),
            (Ok(value), true) => {
                Ok(Settled { value, evidence: format!("{} responses of other probes", self.asked) })
            }
            (Err(reason), false) => Err(format!("{reason}: {evidence}")),
            (Err(reason), true) => Err(reason),
        }
    }

    /// Removes every webhook that [`is_ours`], and no other: those of this run, and those that a stopped one has left.
    async fn clean_up(&mut self) -> Vec<String> {
        self.limit = self.sent + MOST_REQUESTS;
        // When there is no new token, the old one may still do.
        for _ in 0..TRIES {
            if self.log_in().await.is_ok() {
                break;
            }
            (self.wait)(BETWEEN).await;
        }
        if let Err(reason) = self.list_all().await {
            self.left.push(format!("webhooks of earlier runs, if any: {reason}"));
        }
        let mut removed = Vec::new();
        for name in BTreeSet::from_iter(mem::take(&mut self.made)).into_iter().filter(|name| is_ours(name)) {
            match self.insist(Method::DELETE, &format!("{WEBHOOKS}/{name}")).await {
                Ok(response) if response.ok() => removed.push(name),
                Ok(_) => {}
                Err(reason) => self.left.push(format!("{name}: {reason}")),
            }
        }
        removed
    }

    /// Adds the webhooks in the list to those that may be of a run. A page without a new one is the last, so a server that
    /// knows no pages is asked twice.
    async fn list_all(&mut self) -> Result<()> {
        let mut known = BTreeSet::new();
        for page in 1..=MOST_PAGES {
            let response = self.insist(Method::GET, &format!("{WEBHOOKS}?page={page}&per_page=100")).await?;
            let (_, identifiers) = response.list().ok_or("the response has no list of webhooks")?;
            let before = known.len();
            known.extend(identifiers.into_iter().map(str::to_owned));
            if known.len() == before {
                return Ok(());
            }
            self.made.extend(known.iter().cloned());
        }
        Err(format!("the list has more than {MOST_PAGES} pages"))
    }

    /// Repeats a request until it succeeds, or the response is 404.
    async fn insist(&mut self, method: Method, path: &str) -> Result<Response> {
        let will_do = |response: &Response| response.ok() || response.status == 404;
        for _ in 1..TRIES {
            match self.request(method.clone(), path, None).await {
                Ok(response) if will_do(&response) => return Ok(response),
                _ => (self.wait)(BETWEEN).await,
            }
        }
        let last = self.request(method, path, None).await?;
        if will_do(&last) { Ok(last) } else { Err(last.summary()) }
    }
}
