//! What a run has found.

/// What a probe has found out: a value with its evidence, or why it could not be settled.
pub type Outcome = Result<Settled, String>;

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
    pub fact: &'static str,
    /// What was found.
    pub outcome: Outcome,
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
    /// The value of a fact, if it was settled.
    pub fn value(&self, fact: &str) -> Option<&str> {
        let finding = self.findings.iter().find(|finding| finding.fact == fact)?;
        finding.outcome.as_ref().ok().map(|settled| settled.value.as_str())
    }
}
