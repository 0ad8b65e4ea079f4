//! The time of a call, with 16 in flight on one thread, beside the same call by others.

use criterion::{Criterion, criterion_group, criterion_main};
use port_webhooks_benches::calls::{Operation, Subject};
use port_webhooks_benches::server;
use tokio::runtime::Builder;
use tokio::task::JoinSet;

const IN_FLIGHT: usize = 16;

fn calls(criterion: &mut Criterion) {
    let address = server::webhooks().unwrap().to_string();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    for operation in Operation::ALL {
        let mut group = criterion.benchmark_group(format!("16 times {}", operation.name()));
        for name in Subject::NAMES {
            let subject = Subject::new(name, &address).unwrap();
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    runtime.block_on(async {
                        let mut tasks = JoinSet::new();
                        for _ in 0..IN_FLIGHT {
                            let subject = subject.clone();
                            tasks.spawn(async move { subject.call(operation).await.unwrap() });
                        }
                        tasks.join_all().await;
                    });
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, calls);
criterion_main!(benches);
