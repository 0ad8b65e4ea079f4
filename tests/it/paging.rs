//! Every page, each webhook once, whatever a server makes of the parameters.

use std::collections::BTreeSet;

use fake_port::{FakePort, Fault, PagingFault, Profile, Route};
use port_webhooks::ErrorKind;
use proptest::prelude::*;
use serde_json::json;

use crate::support::pages::{PageServer, page};
use crate::support::{client_at, fake_of, hooks_of, property};

/// What servers do with `page` and `per_page`; `None` is what they should.
fn behavior() -> impl Strategy<Value = Option<PagingFault>> {
    prop_oneof![
        Just(None),
        (1_usize..8).prop_map(|most| Some(PagingFault::Capped(most))),
        Just(Some(PagingFault::Ignored)),
        Just(Some(PagingFault::Repeated)),
        Just(Some(PagingFault::Cyclic)),
    ]
}

#[test]
fn the_exact_set_comes_once_from_every_kind_of_server() {
    property(300, &(behavior(), 0_usize..60, 1_u32..=100), async |(behavior, count, per_page)| {
        let fake = FakePort::start().await;
        let expected: BTreeSet<_> = (0..count).map(|n| format!("hook-{n}")).collect();
        fake.seed_all(expected.iter().map(|identifier| json!({ "identifier": identifier }))).unwrap();
        if let Some(fault) = behavior {
            fake.inject(Fault::paging(fault).always());
        }
        let all = hooks_of(&fake).list().per_page(per_page).collect().await.unwrap();
        let distinct: BTreeSet<_> = all.iter().map(|webhook| webhook.identifier.clone()).collect();
        prop_assert_eq!(distinct.len(), all.len(), "a webhook came twice");
        prop_assert_eq!(distinct, expected);

        // How many come first, and how many more with each page.
        let size = per_page as usize;
        let (first, more) = match behavior {
            Some(PagingFault::Capped(most)) => (most.min(size), most.min(size)),
            Some(PagingFault::Ignored) => (count, 1),
            Some(PagingFault::Repeated) => (size, (size - 1).max(1)),
            _ => (size, size),
        };
        let pages = 1 + count.saturating_sub(first).div_ceil(more);
        // One request more than there are pages, to see the end; none for nothing at all.
        let asked = fake.requests().of([Route::List]).len();
        prop_assert_eq!(asked, if count == 0 { 1 } else { pages + 1 });
        Ok(())
    });
}

#[test]
fn the_fake_pages_as_well() {
    property(60, &(0usize..250, prop::option::of(1u32..=100)), async |(count, per_page)| {
        let fake = FakePort::start().await;
        fake.seed_all((0..count).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
        let list = hooks_of(&fake).list();
        let list = if let Some(per_page) = per_page { list.per_page(per_page) } else { list };
        let all = list.collect().await.unwrap();
        let identifiers: Vec<_> = all.into_iter().map(|webhook| webhook.identifier).collect();
        prop_assert_eq!(identifiers, (0..count).map(|n| format!("hook-{n}")).collect::<Vec<_>>());
        Ok(())
    });
}

#[tokio::test]
async fn a_server_that_ignores_paging_is_asked_twice() {
    let fake = fake_of(Profile::Live).await;
    fake.seed_all((0..150).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
    let all = hooks_of(&fake).list().collect().await.unwrap();
    assert_eq!(all.len(), 150);
    fake.requests().of([Route::List]).assert_count(2);
}

#[tokio::test]
async fn webhook_twice_on_a_page_is_yielded_once() {
    let server = PageServer::start(|_, _| async { page([1, 2, 1]) }).await;
    let all = client_at(&server.uri).build().unwrap().webhooks().list().collect().await.unwrap();
    assert_eq!(all.into_iter().map(|webhook| webhook.identifier).collect::<Vec<_>>(), ["hook-1", "hook-2"]);
}

#[tokio::test]
async fn long_list_that_returns_to_its_middle_is_yielded_once() {
    const PAGES: usize = 100;
    let server = PageServer::start(|number, _| async move {
        let number = number as usize - 1;
        let number = if number < PAGES { number } else { PAGES / 2 };
        page(number * 100..(number + 1) * 100)
    });
    let server = server.await;
    let all = client_at(&server.uri).build().unwrap().webhooks().list().collect().await.unwrap();
    let distinct: BTreeSet<_> = all.iter().map(|webhook| &webhook.identifier).collect();
    assert_eq!((all.len(), distinct.len()), (PAGES * 100, PAGES * 100));
    assert_eq!(server.asked().len(), PAGES + 1);
}

#[tokio::test]
async fn every_page_carries_the_query_parameters() {
    let fake = FakePort::start().await;
    fake.seed_all((0..3).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
    hooks_of(&fake).list().per_page(2).query("include", "stats & more").collect().await.unwrap();
    let lists = fake.requests().of([Route::List]);
    assert_eq!(lists.len(), 3);
    for (request, page) in lists.iter().zip(["1", "2", "3"]) {
        assert_eq!((request.query("page"), request.query("per_page")), (Some(page), Some("2")));
        assert_eq!(request.query("include"), Some("stats & more"));
    }
}

#[tokio::test]
async fn an_error_ends_the_stream_and_says_which_call_failed() {
    let fake = FakePort::start().await;
    fake.seed_all((0..4).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
    let mut all = hooks_of(&fake).list().per_page(2).stream();
    assert!(all.try_next().await.unwrap().is_some());
    assert!(all.try_next().await.unwrap().is_some());
    drop(fake);
    let error = all.try_next().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Connect | ErrorKind::Transport), "{error}");
    assert_eq!(error.operation(), Some("list_webhooks"));
    assert!(all.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_shows_its_name_and_nothing_of_the_client() {
    let fake = FakePort::start().await;
    let hooks = hooks_of(&fake);
    assert_eq!(format!("{:?}", hooks.list().pages()), "PageStream { .. }");
    assert_eq!(format!("{:?}", hooks.list().stream()), "WebhookStream { .. }");
}
