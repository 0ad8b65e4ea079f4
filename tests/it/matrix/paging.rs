//! Rows 29 and 30: pages that repeat items, or do not end.

use std::collections::BTreeSet;

use fake_port::{FakePort, Fault, PagingFault};

use super::cell::{Method, World, webhook};

/// Every webhook of fifty, by a stream of pages of ten; each comes once.
async fn all_of_fifty(fault: PagingFault) -> usize {
    let world = World::new().await;
    seed(&world.fake);
    world.fake.inject(Fault::paging(fault).always());
    let all = world.hooks.list().per_page(10).collect().await.unwrap();
    let distinct: BTreeSet<_> = all.iter().map(|webhook| webhook.identifier.as_str()).collect();
    assert_eq!((all.len(), distinct.len()), (50, 50));
    world.sent(Method::List)
}

fn seed(fake: &FakePort) {
    // With the one that is there.
    fake.seed_all((1..50).map(|n| webhook(&format!("hook-{n}")))).unwrap();
}

pub async fn r29_repeated_items(_: Method) {
    let requests = all_of_fifty(PagingFault::Repeated).await;
    // Each page brings nine more; one more sees the end.
    assert_eq!(requests, 1 + 40_usize.div_ceil(9) + 1);
}

pub async fn r30_no_end(_: Method) {
    assert_eq!(all_of_fifty(PagingFault::Ignored).await, 2);
    assert_eq!(all_of_fifty(PagingFault::Cyclic).await, 6);
    // A short page is no end.
    assert_eq!(all_of_fifty(PagingFault::Capped(7)).await, 9);
}
