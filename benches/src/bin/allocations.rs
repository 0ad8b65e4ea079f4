//! What a call allocates beside the same call by others, as JSON.
//!
//! It is a separate program, since counting takes instructions.

use std::collections::BTreeMap;

use port_webhooks_benches::calls::{Operation, Subject};
use port_webhooks_benches::{Failed, server};
use tokio::runtime::{Builder, Runtime};

const CALLS: u64 = 50;

fn main() -> Result<(), Failed> {
    let address = server::webhooks()?.to_string();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut figures = BTreeMap::<String, BTreeMap<&str, f64>>::new();
    for operation in Operation::ALL {
        for name in Subject::NAMES {
            let subject = Subject::new(name, &address)?;
            // Connections, and the token.
            runtime.block_on(subject.call(operation))?;
            let [bytes, times] = count(&runtime, &subject, operation)?;
            let operation = operation.name();
            figures.entry(format!("bytes allocated by {operation}")).or_default().insert(name, bytes);
            figures.entry(format!("allocations of {operation}")).or_default().insert(name, times);
        }
    }
    println!("{}", serde_json::to_string(&figures)?);
    Ok(())
}

/// Bytes, and how many times, by each call.
fn count(runtime: &Runtime, subject: &Subject, operation: Operation) -> Result<[f64; 2], Failed> {
    let mut result = Ok(());
    let counted = allocation_counter::measure(|| {
        result = runtime.block_on(async {
            for _ in 0..CALLS {
                subject.call(operation).await?;
            }
            Ok(())
        });
    });
    result.map(|()| [counted.bytes_total, counted.count_total].map(|count| count as f64 / CALLS as f64))
}
