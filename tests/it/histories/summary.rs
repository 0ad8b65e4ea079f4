//! What histories were made of: printed at the end, to see that they were no walk in the park.

use std::collections::BTreeMap;
use std::fmt;

use fake_port::Route;

use super::call::CallResult;
use super::player::Played;

#[derive(Default)]
pub struct Summary {
    pub operations: usize,
    pub requests: usize,
    writes: usize,
    token_requests: usize,
    token_faults: usize,
    unsettled: usize,
    faults: BTreeMap<&'static str, usize>,
    results: BTreeMap<String, usize>,
}

impl Summary {
    pub fn note(&mut self, played: &Played) {
        self.requests += played.requests.len();
        self.writes += played.ledger.len();
        for name in &played.faults {
            *self.faults.entry(name).or_default() += 1;
        }
        let for_tokens = played.requests.iter().filter(|request| request.operation == Some(Route::Token));
        for request in for_tokens {
            self.token_requests += 1;
            self.token_faults += usize::from(request.fault.is_some());
        }
        for call in played.deeds.iter().flatten() {
            self.operations += 1;
            self.unsettled += usize::from(call.unsettled);
            let result = match &call.result {
                CallResult::Failed { kind, outcome, .. } => format!("{outcome:?} {kind:?}"),
                CallResult::Deleted(false) => "Ok(false)".to_owned(),
                CallResult::Webhook(_) | CallResult::Deleted(true) | CallResult::Listed(_) => "Ok".to_owned(),
            };
            *self.results.entry(result).or_default() += 1;
        }
    }

    /// How many requests met a fault, of calls and for tokens.
    pub fn faults(&self) -> usize {
        self.faults.values().sum::<usize>() + self.token_faults
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} operations, {} requests ({} for tokens), {} writes applied, {} calls left unsettled",
            self.operations, self.requests, self.token_requests, self.writes, self.unsettled
        )?;
        writeln!(f, "{} faults met, {} of them by requests for tokens:", self.faults(), self.token_faults)?;
        for (name, count) in &self.faults {
            writeln!(f, "  {count:>6} {name}")?;
        }
        writeln!(f, "calls ended:")?;
        for (result, count) in &self.results {
            writeln!(f, "  {count:>6} {result}")?;
        }
        Ok(())
    }
}
