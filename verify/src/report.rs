//! What a run has found.

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
    pub outcome: Result<Settled, String>,
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
    pub fn settled(&self, fact: &str) -> Option<&Settled> {
        let finding = self.findings.iter().find(|finding| finding.fact == fact)?;
        finding.outcome.as_ref().ok()
    }

    /// The value of a fact, if it was settled.
    pub fn value(&self, fact: &str) -> Option<&str> {
        self.settled(fact).map(|settled| settled.value.as_str())
    }
}
