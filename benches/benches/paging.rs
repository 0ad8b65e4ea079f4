//! How long it takes to stream a list whose pages come after a while, by a client that knows that the server pages.

use std::thread;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use port_webhooks::Client;
use port_webhooks_benches::server::{response, serve};
use tokio::runtime::Builder;

const PAGES: usize = 100;
const PER_PAGE: usize = 100;
const LATENCY: Duration = Duration::from_millis(20);

/// A page of webhooks as Port's documentation shows them; an empty one after the last.
fn page(number: usize) -> &'static [u8] {
    let numbers = (number * PER_PAGE..(number + 1) * PER_PAGE).filter(|_| number < PAGES);
    let webhooks: Vec<String> = numbers
        .map(|number| {
            format!(
                r#"{{"identifier":"entity-updated-webhook-{number}","title":"Entity Updated Notifications","url":"https://api.example.com/webhooks/port","events":["entity.created","entity.updated"],"headers":{{"Content-Type":"application/json"}},"enabled":true,"createdAt":"2024-01-15T10:30:00Z","updatedAt":"2024-01-15T10:30:00Z"}}"#
            )
        })
        .collect();
    response("200 OK", &format!(r#"{{"ok":true,"webhooks":[{}]}}"#, webhooks.join(",")))
}

fn paging(criterion: &mut Criterion) {
    // Written before anything is measured, since the server shares the processors with the client.
    let pages: Vec<_> = (0..=PAGES).map(page).collect();
    let address = serve(move |line| {
        let page = line.split_once("?page=").map_or("1", |(_, rest)| rest);
        let page: usize = page.split(['&', ' ']).next().and_then(|page| page.parse().ok()).unwrap_or(1);
        thread::sleep(LATENCY);
        pages[(page - 1).min(PAGES)]
    });
    let base_url = format!("http://{}", address.unwrap());
    let client = Client::builder().access_token("an-access-token").base_url(base_url).build().unwrap();
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let mut group = criterion.benchmark_group("100 pages, each after 20 ms");
    group.sample_size(10);
    for in_flight in [1, 4, 8] {
        group.bench_function(format!("{in_flight} in flight"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut all = client.webhooks().list().stream().prefetch(in_flight);
                    let mut count = 0;
                    while all.try_next().await.unwrap().is_some() {
                        count += 1;
                    }
                    assert_eq!(count, PAGES * PER_PAGE);
                });
            });
        });
    }
    group.finish();
}

criterion_group!(benches, paging);
criterion_main!(benches);
