//! Measures subjects in turns, many rounds of them: what disturbs one round disturbs all of it.

use std::time::{Duration, Instant};

use crate::report::{Aim, Row, Table};

const ROUNDS: usize = 401;
/// As long each is measured in a round.
const TURN: Duration = Duration::from_micros(300);

/// What is measured, and what its ratio to the first is to be at most.
pub struct Subject<'a> {
    name: &'a str,
    aim: Option<f64>,
    run: Box<dyn Fn() + 'a>,
}

/// A subject.
pub fn subject<'a>(name: &'a str, aim: impl Into<Option<f64>>, run: impl Fn() + 'a) -> Subject<'a> {
    Subject { name, aim: aim.into(), run: Box::new(run) }
}

/// Measures the subjects in turns. Figures are the lower quartiles of the rounds, and ratios are those of them: what
/// else the machine does only ever adds to a round, and not to all alike.
pub fn compare(title: impl Into<String>, subjects: &[Subject<'_>]) -> Table {
    let calls: Vec<u32> = subjects
        .iter()
        .map(|subject| {
            let once = time(&subject.run, 2_000).max(1.0);
            (TURN.as_secs_f64() * 1e9 / once).ceil().max(1.0) as u32
        })
        .collect();
    let mut times: Vec<Vec<f64>> = vec![Vec::with_capacity(ROUNDS); subjects.len()];
    for round in 0..ROUNDS {
        for turn in 0..subjects.len() {
            // Nobody is always after the same one.
            let at = if round % 2 == 0 { turn } else { subjects.len() - 1 - turn };
            times[at].push(time(&subjects[at].run, calls[at]));
        }
    }
    let mut table = Table::new(title, "lower quartiles of 401 rounds");
    for values in &mut times {
        values.sort_by(f64::total_cmp);
    }
    for (subject, own) in subjects.iter().zip(&times) {
        let value = quantile(own, 0.25);
        let ratio = value / quantile(&times[0], 0.25);
        let row = Row::new(subject.name, value, "ns").ratio(ratio).iqr(own);
        table.rows.push(row.aim(subject.aim.map(Aim::RatioAtMost)));
    }
    table
}

/// Nanoseconds for one call.
fn time(run: &dyn Fn(), calls: u32) -> f64 {
    let ((), seconds) = timed(|| (0..calls).for_each(|_| run()));
    seconds * 1e9 / f64::from(calls)
}

/// What came of it, and the seconds it took.
#[allow(clippy::disallowed_methods)] // time is what is measured
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let value = run();
    (value, start.elapsed().as_secs_f64())
}

/// Of values in order, the one with this part of them below it.
pub fn quantile(values: &[f64], below: f64) -> f64 {
    values[((values.len() - 1) as f64 * below) as usize]
}
