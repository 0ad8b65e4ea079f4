//! Every fact about Port that nobody has verified: how the fake reads it, why, and how to ask.

use std::fmt;

use crate::probes::{self, Probe};
use crate::readings::default_of;

const TABLE: &str = include_str!("../facts.md");
/// What the table has in place of the default of a switch of the fake.
const OF_THE_SWITCH: &str = "the switch";

/// How the fake reads a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// In this way, in both of its profiles or in the one where the fact has a meaning.
    One(&'static str),
    /// In one way in the profile `Documented`, in another in `Live`.
    Two {
        /// In `Documented`.
        documented: &'static str,
        /// In `Live`.
        live: &'static str,
    },
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => f.write_str(value),
            Self::Two { documented, live } => write!(f, "documented: {documented}; live: {live}"),
        }
    }
}

/// A fact about Port.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Its name in the ledger; a switch's facts are called like the switch.
    pub id: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// The switch of the fake that has the reading.
    pub switch: Option<&'static str>,
    /// How the fake reads it.
    pub reading: Reading,
    /// Why it does.
    pub why: &'static str,
    /// Why no run can settle it, if none can.
    pub cannot: Option<&'static str>,
    pub(crate) probe: Option<Probe>,
}

impl Fact {
    /// Reads a row of the table.
    fn read(row: &'static str) -> Option<Self> {
        let cells: Vec<&str> =
            row.strip_prefix("| `")?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [id, question, switch, reading, why, cannot] = cells[..] else { return None };
        let id = id.trim_end_matches('`');
        let reading = match reading.strip_prefix("documented: ").and_then(|rest| rest.split_once("; live: "))
        {
            Some((documented, live)) => Reading::Two { documented, live },
            None if reading == OF_THE_SWITCH => Reading::One(default_of(id)),
            None => Reading::One(reading),
        };
        let switch = Some(switch.trim_matches('`')).filter(|switch| *switch != "–");
        let cannot = Some(cannot).filter(|cannot| *cannot != "–");
        Some(Self { id, question, switch, reading, why, cannot, probe: probes::of(id) })
    }

    /// Whether a run can ask about it.
    pub fn has_probe(&self) -> bool {
        self.probe.is_some()
    }

    /// The same fact with a probe that panics, for tests.
    #[doc(hidden)]
    #[must_use]
    #[allow(clippy::panic)] // It is what is tested.
    pub fn panicking(mut self) -> Self {
        self.probe = Some(|_| panic!("on purpose"));
        self
    }
}

/// All of them, in the order in which they are asked.
pub fn facts() -> Vec<Fact> {
    TABLE.lines().filter_map(Fact::read).collect()
}
