//! Calls in turns: how many in a second, and time on the processor.

use port_webhooks_benches::{Row, Table, processor, quantile, timed};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::Failed;
use crate::client::{Operation, Subject};

const ROUNDS: usize = 21;
/// Of each client in a round, divided among those that are under way at once.
const CALLS: usize = 640;
/// This one, whose time is what is counted.
const THREAD: &str = "/proc/thread-self";
const AT_ONCE: [usize; 3] = [1, 16, 64];

/// One table for each operation.
pub(crate) fn tables(address: &str) -> Result<Vec<Table>, Failed> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let subjects: Vec<(&str, Subject)> = Subject::NAMES
        .into_iter()
        .map(|name| Ok((name, Subject::new(name, address)?)))
        .collect::<Result<_, Failed>>()?;
    let mut tables = Vec::new();
    for operation in Operation::ALL {
        for at_once in AT_ONCE {
            let note =
                "lower quartiles of 21 rounds; the ratio is that of time on the processor to careful reqwest";
            let title = format!("{}, {at_once} under way", operation.name());
            let mut table = Table::new(title, note);
            measure(&runtime, &subjects, operation, at_once, &mut table)?;
            tables.push(table);
        }
    }
    Ok(tables)
}

fn measure(
    runtime: &Runtime,
    subjects: &[(&str, Subject)],
    operation: Operation,
    at_once: usize,
    table: &mut Table,
) -> Result<(), Failed> {
    let mut seconds = vec![Vec::new(); subjects.len()];
    let mut busy = vec![Vec::new(); subjects.len()];
    for round in 0..=ROUNDS {
        for turn in 0..subjects.len() {
            let at = if round % 2 == 0 { turn } else { subjects.len() - 1 - turn };
            let before = processor::seconds(THREAD)?;
            let (called, elapsed) = timed(|| runtime.block_on(calls(&subjects[at].1, operation, at_once)));
            called?;
            // The first round opens the connections.
            if round > 0 {
                seconds[at].push(elapsed / CALLS as f64);
                busy[at].push((processor::seconds(THREAD)? - before) / CALLS as f64);
            }
        }
    }
    for values in seconds.iter_mut().chain(&mut busy) {
        values.sort_by(f64::total_cmp);
    }
    let baseline = quantile(&busy[0], 0.25);
    for ((name, _), (seconds, busy)) in subjects.iter().zip(seconds.iter().zip(&busy)) {
        let (second, busy_for) = (quantile(seconds, 0.25), quantile(busy, 0.25));
        let row = Row::new(format!("{name}: {:.0} calls a second", 1.0 / second), busy_for * 1e6, "µs");
        table.rows.push(row.ratio(busy_for / baseline).iqr(busy));
    }
    Ok(())
}

async fn calls(subject: &Subject, operation: Operation, at_once: usize) -> Result<(), Failed> {
    let mut tasks = JoinSet::new();
    for _ in 0..at_once {
        let subject = subject.clone();
        tasks.spawn(async move {
            for _ in 0..CALLS / at_once {
                subject.call(operation).await.map_err(|error| error.to_string())?;
            }
            Ok::<(), String>(())
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(())
}
