//! Several pages under way at once: the same webhooks in the same order, and no request too many.

use std::collections::HashSet;
use std::future::pending;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use port_webhooks::{ErrorKind, Webhooks, types::PageStream};
use proptest::prelude::*;

use crate::support::pages::{PageServer, page, status};
use crate::support::{client_at, property};

/// What a server makes of page numbers.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Pages,
    Ignored,
    /// So many webhooks of a page are in the next one too.
    Repeated(usize),
    /// Goes back to this page after the last: to the first, to the last, or into the middle.
    ComesBackTo(usize),
}

/// A list of this many webhooks, with this many per page: fewer than requested.
#[derive(Clone, Copy, Debug)]
struct List {
    shape: Shape,
    count: usize,
    size: usize,
}

impl List {
    fn page(self, page: usize) -> std::ops::Range<usize> {
        let Self { shape, count, size } = self;
        let pages = count.div_ceil(size).max(1);
        let start = match shape {
            Shape::Ignored => return 0..count,
            Shape::Pages => (page - 1) * size,
            Shape::Repeated(more) => (page - 1) * (size - more.min(size - 1)),
            Shape::ComesBackTo(_) if page <= pages => (page - 1) * size,
            Shape::ComesBackTo(back) => {
                let back = back.min(pages);
                (back - 1 + (page - back) % (pages - back + 1)) * size
            }
        };
        start.min(count)..(start + size).min(count)
    }

    /// The webhooks that a client brings that remembers them all, and after how many pages it ends.
    fn expected(self) -> (Vec<String>, usize) {
        let (mut all, mut seen) = (Vec::new(), HashSet::new());
        for page in 1.. {
            let new: Vec<_> =
                self.page(page).filter(|n| seen.insert(*n)).map(|n| format!("hook-{n}")).collect();
            if new.is_empty() {
                return (all, page);
            }
            all.extend(new);
        }
        unreachable!("the list is finite")
    }

    async fn serve(self) -> PageServer {
        PageServer::start(move |number, _| async move { page(self.page(number as usize)) }).await
    }
}

fn lists() -> impl Strategy<Value = List> {
    let shapes = prop_oneof![
        Just(Shape::Pages),
        Just(Shape::Ignored),
        (1..10_usize).prop_map(Shape::Repeated),
        (1..10_usize).prop_map(Shape::ComesBackTo),
        Just(Shape::ComesBackTo(usize::MAX)),
    ];
    (shapes, 0..60_usize, 1..10_usize).prop_map(|(shape, count, size)| List { shape, count, size })
}

fn hooks_at(server: &PageServer) -> Webhooks {
    client_at(&server.uri).attempt_timeout(Duration::from_secs(3600)).build().unwrap().webhooks()
}

async fn identifiers(hooks: &Webhooks, pages: usize) -> Vec<String> {
    let all = hooks.list().stream().prefetch(pages);
    all.map_ok(|webhook| webhook.identifier).try_collect().await.unwrap()
}

/// A list without end, one webhook a page.
async fn endless() -> PageServer {
    PageServer::start(|number, _| async move { page([number as usize]) }).await
}

/// A client that has seen that the server pages.
async fn experienced(server: &PageServer) -> Webhooks {
    let hooks = hooks_at(server);
    let mut pages = hooks.list().pages();
    for _ in 0..2 {
        assert!(pages.try_next().await.unwrap().is_some());
    }
    hooks
}

/// The first webhook of the next page.
async fn next(pages: &mut PageStream) -> Option<String> {
    let page = pages.try_next().await.unwrap()?;
    page.webhooks.into_iter().next().map(|webhook| webhook.identifier)
}

#[test]
fn it_brings_the_same_from_every_kind_of_server() {
    property(100, &(lists(), 0..=8_usize), async |(list, prefetch)| {
        let (expected, pages) = list.expected();
        let server = list.serve().await;
        let hooks = hooks_at(&server);
        prop_assert_eq!(&identifiers(&hooks, prefetch).await, &expected);

        let beyond = prefetch.saturating_sub(1);
        let asked = server.asked();
        prop_assert_eq!(&asked, &(1..=u32::try_from(asked.len()).unwrap()).collect::<Vec<_>>());
        // More at once only after a second page that is worth it.
        let most = if pages > 2 { pages + beyond } else { pages };
        prop_assert!((pages..=most).contains(&asked.len()), "{} requests for {} pages", asked.len(), pages);

        // Now the client may know that the server pages.
        prop_assert_eq!(&identifiers(&hooks, prefetch).await, &expected);
        prop_assert!(server.asked().len() <= 2 * (pages + beyond));
        Ok(())
    });
}

#[tokio::test]
async fn a_server_that_ignores_paging_is_asked_twice() {
    let list = List { shape: Shape::Ignored, count: 150, size: 100 };
    for prefetch in [1, 4, 8] {
        let server = list.serve().await;
        let hooks = hooks_at(&server);
        for streams in 1..=2 {
            assert_eq!(identifiers(&hooks, prefetch).await.len(), 150);
            assert_eq!(server.asked().len(), 2 * streams);
        }
    }
}

#[tokio::test]
async fn a_client_that_was_wrong_of_a_server_finds_out() {
    // A webhook was created between the two pages, so the second page brings something new.
    let server = PageServer::start(|_, traffic| async move {
        let second = traffic.is_asked_for(2);
        page(0..if second { 11 } else { 10 })
    });
    let server = server.await;
    let hooks = hooks_at(&server);
    assert_eq!(identifiers(&hooks, 4).await.len(), 11);
    // It requests four pages at once, and learns that the server has fewer.
    assert_eq!(identifiers(&hooks, 4).await.len(), 11);
    let before = server.asked().len();
    assert_eq!(identifiers(&hooks, 4).await.len(), 11);
    assert_eq!(server.asked().len(), before + 2);
}

#[tokio::test]
async fn so_many_are_under_way_and_come_in_order() {
    // Of three pages each is answered after the next one.
    let server = PageServer::start(|number, traffic| async move {
        if number > 2 && number % 3 != 2 {
            traffic.answered(number + 1).await;
        }
        page([number as usize])
    });
    let server = server.await;
    let mut pages = hooks_at(&server).list().pages().prefetch(3);
    for number in 1..=20 {
        assert_eq!(next(&mut pages).await, Some(format!("hook-{number}")));
        // One page at a time until the second is there.
        let most = if number <= 2 { number } else { number + 2 };
        assert!(server.asked().len() <= most, "{:?} after page {number}", server.asked());
    }
}

#[tokio::test]
async fn none_and_one_are_one_at_a_time() {
    let server = endless().await;
    let hooks = experienced(&server).await;
    for prefetch in [0, 1] {
        let before = server.asked().len();
        let mut pages = hooks.list().pages().prefetch(prefetch);
        for number in 1..=5 {
            assert_eq!(next(&mut pages).await, Some(format!("hook-{number}")));
            assert_eq!(server.asked().len(), before + number);
        }
    }
}

#[tokio::test]
async fn streams_that_begin_later_ask_for_all_at_once() {
    let server = PageServer::start(|number, traffic| async move {
        // The first page of the second stream waits for the sixth.
        if number == 1 && traffic.is_asked_for(2) {
            traffic.asked_for(6).await;
        }
        page([number as usize])
    });
    let server = server.await;
    let hooks = experienced(&server).await;
    let mut pages = hooks.clone().list().pages().prefetch(6);
    assert_eq!(next(&mut pages).await.as_deref(), Some("hook-1"));
}

#[tokio::test]
async fn an_error_comes_after_the_pages_before_it() {
    let server = PageServer::start(|number, _| async move {
        match number {
            1..=4 => page([number as usize]),
            5 => status(403),
            _ => pending().await,
        }
    });
    let server = server.await;
    let hooks = experienced(&server).await;
    let mut all = hooks.list().stream().prefetch(8);
    for number in 1..=4 {
        assert_eq!(all.try_next().await.unwrap().unwrap().identifier, format!("hook-{number}"));
    }
    let error = all.try_next().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Permission, Some("list_webhooks")));
    assert!(all.try_next().await.unwrap().is_none());
    assert!(all.next().await.is_none());
}

#[tokio::test]
async fn what_is_under_way_goes_on_while_a_webhook_is_dealt_with() {
    let server = endless().await;
    let hooks = experienced(&server).await;
    let mut pages = hooks.list().page(11).pages().prefetch(4);
    assert_eq!(next(&mut pages).await.as_deref(), Some("hook-11"));
    // The stream is not polled meanwhile.
    for number in 12..=14 {
        server.traffic.answered(number).await;
    }
    assert_eq!(next(&mut pages).await.as_deref(), Some("hook-12"));
}

#[tokio::test]
async fn nothing_is_asked_for_before_it_is_polled() {
    let server = endless().await;
    let hooks = experienced(&server).await;
    let before = server.asked().len();
    let stream = hooks.list().stream().prefetch(4);
    tokio::task::yield_now().await;
    drop(stream);
    assert!(hooks.list().page(9).await.is_ok());
    assert_eq!(server.asked().len(), before + 1);
}

#[tokio::test]
async fn a_stream_that_is_dropped_takes_its_requests_with_it() {
    let server = PageServer::start(|number, _| async move {
        if (101..=104).contains(&number) {
            pending::<()>().await;
        }
        page([number as usize])
    });
    let server = server.await;
    let hooks = experienced(&server).await;
    let mut stream = hooks.list().page(101).stream().prefetch(4);
    assert!(stream.next().now_or_never().is_none());
    for number in 101..=104 {
        server.traffic.asked_for(number).await;
    }
    drop(stream);
    // Its connections are closed, and so the server is not held up by it.
    for number in 101..=104 {
        // Far sooner than an attempt would run out of time, however busy the machine is.
        let given_up = server.traffic.given_up(number);
        tokio::time::timeout(Duration::from_secs(60), given_up).await.unwrap();
    }
    assert_eq!(hooks.list().page(7).await.unwrap().webhooks.len(), 1);
    let mut again = hooks.list().pages().prefetch(4);
    assert_eq!(next(&mut again).await.as_deref(), Some("hook-1"));
}

#[tokio::test]
async fn page_numbers_end() {
    let server = endless().await;
    let hooks = experienced(&server).await;
    let mut pages = hooks.list().page(u32::MAX - 1).pages().prefetch(4);
    for number in [u32::MAX - 1, u32::MAX] {
        assert_eq!(next(&mut pages).await, Some(format!("hook-{number}")));
    }
    assert_eq!(next(&mut pages).await, None);
    assert_eq!(server.asked(), [1, 2, u32::MAX - 1, u32::MAX]);
}

#[tokio::test]
async fn no_number_asks_for_more_than_64() {
    let server = PageServer::start(|number, traffic| async move {
        if number == 1 && traffic.is_asked_for(2) {
            traffic.asked_for(64).await;
        }
        page([number as usize])
    });
    let server = server.await;
    let hooks = experienced(&server).await;
    let mut pages = hooks.list().pages().prefetch(usize::MAX);
    assert_eq!(next(&mut pages).await.as_deref(), Some("hook-1"));
    assert_eq!(server.asked().last(), Some(&64));
}
