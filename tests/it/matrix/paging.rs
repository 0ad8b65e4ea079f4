//! Rows 29, 30 and 43: pages that repeat items, do not end, or are past the end.

use std::collections::BTreeSet;

use fake_port::{FakePort, Fault, PagingFault, Script};
use port_webhooks::{ErrorKind, Webhook};

use super::cell::{Method, World, webhook};
use crate::support::{client_at, play};

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

/// What servers answer for a page past the end, other than an empty list.
const PAST_THE_END: [&str; 3] = [
    "404 Not Found\r\ncontent-length: 0\r\n\r\n",
    "422 Unprocessable Entity\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"ok\":false}",
    "204 No Content\r\n\r\n",
];

/// The bodies of a 200 without a list.
const WITHOUT_A_LIST: [&str; 8] = [
    r#"{"ok":true}"#,
    r#"{"ok":true,"webhooks":null}"#,
    r#"{"ok":true,"webhooks":{}}"#,
    r#"{"ok":true,"webhooks":""}"#,
    r#"{"ok":true,"webhooks":false}"#,
    "null",
    "[]",
    r#""""#,
];

fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}

fn page_of_one() -> String {
    ok(r#"{"ok":true,"webhooks":[{"identifier":"a"}]}"#)
}

pub async fn r43_past_the_end(_: Method) {
    let ends = PAST_THE_END.map(|end| format!("HTTP/1.1 {end}"));
    for end in ends.into_iter().chain(WITHOUT_A_LIST.map(ok)) {
        let all =
            list_of(Script::new().receive().send(page_of_one()).receive().send(end.clone())).await.unwrap();
        assert_eq!(all.len(), 1, "{end}");
        // For the first page the same response is an error.
        let error = list_of(Script::new().receive().send(end.clone())).await.unwrap_err();
        let kinds = [ErrorKind::NotFound, ErrorKind::Validation, ErrorKind::Decode];
        assert!(kinds.contains(&error.kind()), "{end}: {error}");
    }
    for failure in ["403 Forbidden", "400 Bad Request", "200 OK"] {
        let failure = format!("HTTP/1.1 {failure}\r\ncontent-length: 0\r\n\r\n");
        let list = list_of(Script::new().receive().send(page_of_one()).receive().send(failure.clone())).await;
        assert!(list.is_err(), "{failure}");
    }
    for body in [r#"[{"identifier":"b"}]"#, r#"{"webhooks":"b"}"#, r#"{"webhooks":[7]}"#, r#"{"ok":false}"#] {
        let list = list_of(Script::new().receive().send(page_of_one()).receive().send(ok(body))).await;
        assert!(list.is_err(), "{body}");
    }
}

async fn list_of(script: Script) -> Result<Vec<Webhook>, port_webhooks::Error> {
    let server = play(script).await;
    client_at(&server.uri()).build().unwrap().webhooks().list().collect().await
}
