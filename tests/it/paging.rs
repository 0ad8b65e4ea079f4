//! Every page, each webhook once, whatever a server makes of the parameters.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fake_port::{FakePort, Profile};
use port_webhooks::ErrorKind;
use proptest::prelude::*;
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::support::{client_at, fake_of, hooks_of, property};

/// What servers do with `page` and `per_page`.
#[derive(Clone, Copy, Debug)]
enum Behaviour {
    Pages,
    CapsPageSize(usize),
    IgnoresPaging,
    RepeatsAcrossNeighbours,
    Cycles,
}

struct Server {
    behaviour: Behaviour,
    count: usize,
    requests: Arc<AtomicUsize>,
}

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let number = |name| {
            let found = request.url.query_pairs().find(|(key, _)| key == name);
            found.map(|(_, value)| value.parse::<usize>().unwrap())
        };
        let (page, size) = (number("page").unwrap(), number("per_page").unwrap());
        let slice = |page: usize, size: usize| (page - 1) * size..(page * size).min(self.count);
        let range = match self.behaviour {
            Behaviour::Pages => slice(page, size),
            Behaviour::CapsPageSize(cap) => slice(page, size.min(cap)),
            Behaviour::IgnoresPaging => 0..self.count,
            // The last of each page comes again as the first of the next one.
            Behaviour::RepeatsAcrossNeighbours => {
                let range = slice(page, size);
                range.start.saturating_sub(1)..range.end
            }
            Behaviour::Cycles => slice((page - 1) % self.count.div_ceil(size).max(1) + 1, size),
        };
        let webhooks: Vec<Value> = range.map(|n| json!({ "identifier": format!("hook-{n}") })).collect();
        ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "webhooks": webhooks }))
    }
}

fn behaviour() -> impl Strategy<Value = Behaviour> {
    prop_oneof![
        Just(Behaviour::Pages),
        (1usize..8).prop_map(Behaviour::CapsPageSize),
        Just(Behaviour::IgnoresPaging),
        Just(Behaviour::RepeatsAcrossNeighbours),
        Just(Behaviour::Cycles),
    ]
}

#[test]
fn the_exact_set_comes_once_from_every_kind_of_server() {
    property(300, &(behaviour(), 0usize..60, 1u32..=100), async |(behaviour, count, per_page)| {
        let requests = Arc::new(AtomicUsize::new(0));
        let server = MockServer::start().await;
        let responder = Server { behaviour, count, requests: Arc::clone(&requests) };
        Mock::given(wiremock::matchers::any()).respond_with(responder).mount(&server).await;

        let hooks = client_at(&server.uri()).build().unwrap().webhooks();
        let all = hooks.list().per_page(per_page).collect().await.unwrap();
        let distinct: BTreeSet<_> = all.iter().map(|webhook| webhook.identifier.clone()).collect();
        prop_assert_eq!(distinct.len(), all.len(), "a webhook came twice");
        let expected: BTreeSet<_> = (0..count).map(|n| format!("hook-{n}")).collect();
        prop_assert_eq!(distinct, expected);

        let asked = requests.load(Ordering::SeqCst);
        let size = match behaviour {
            Behaviour::CapsPageSize(cap) => cap.min(per_page as usize),
            Behaviour::IgnoresPaging => count.max(1),
            _ => per_page as usize,
        };
        // One request more than there are pages, to see the end; none for nothing at all.
        prop_assert_eq!(asked, if count == 0 { 1 } else { count.div_ceil(size) + 1 });
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
    let lists = fake.requests().iter().filter(|request| request.path == "/v1/webhooks").count();
    assert_eq!(lists, 2);
}

#[tokio::test]
async fn every_page_carries_the_query_parameters() {
    let fake = FakePort::start().await;
    fake.seed_all((0..3).map(|n| json!({ "identifier": format!("hook-{n}") }))).unwrap();
    hooks_of(&fake).list().per_page(2).query("include", "stats & more").collect().await.unwrap();
    let lists: Vec<_> =
        fake.requests().into_iter().filter(|request| request.path == "/v1/webhooks").collect();
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
