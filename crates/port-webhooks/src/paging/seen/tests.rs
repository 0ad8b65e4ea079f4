use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PER_PAGE: usize = 100;

/// How a server pages a list.
#[derive(Clone, Debug)]
enum Server {
    Pages,
    IgnoresPaging,
    /// This many webhooks of a page are on the next one, too.
    Repeats(usize),
    /// Starts again after the last page, or after the last webhook.
    CyclesPages,
    CyclesWebhooks,
    /// Returns to this page after the last.
    ReturnsTo(usize),
}

fn server() -> impl Strategy<Value = Server> {
    prop_oneof![
        Just(Server::Pages),
        Just(Server::IgnoresPaging),
        (1..PER_PAGE).prop_map(Server::Repeats),
        Just(Server::CyclesPages),
        Just(Server::CyclesWebhooks),
        (1..200_usize).prop_map(Server::ReturnsTo),
    ]
}

impl Server {
    /// The numbers of the webhooks on a page, from 1, of a list of `count`.
    fn page(&self, count: usize, page: usize) -> Vec<usize> {
        let pages = count.div_ceil(PER_PAGE).max(1);
        let of = |page: usize| ((page - 1) * PER_PAGE..(page * PER_PAGE).min(count)).collect();
        match *self {
            Self::Pages => of(page),
            Self::IgnoresPaging => (0..count).collect(),
            Self::Repeats(more) => {
                let start = (page - 1) * (PER_PAGE - more);
                (start..(start + PER_PAGE).min(count)).collect()
            }
            Self::CyclesPages => of((page - 1) % pages + 1),
            Self::CyclesWebhooks => {
                ((page - 1) * PER_PAGE..page * PER_PAGE).map(|at| at % count.max(1)).take(count).collect()
            }
            Self::ReturnsTo(back) => {
                let back = back.min(pages);
                of(if page <= pages { page } else { back + (page - back) % (pages - back + 1) })
            }
        }
    }
}

fn webhook(number: usize) -> Webhook {
    static BARE: LazyLock<Webhook> =
        LazyLock::new(|| serde_json::from_value(json!({ "identifier": "" })).unwrap());
    let mut webhook = BARE.clone();
    webhook.identifier = format!("hook-{number}");
    webhook
}

/// What a stream yields, and from how many pages. It panics after `most` pages.
fn stream(
    server: &Server,
    count: usize,
    most: usize,
    mut new: impl FnMut(&mut Vec<Webhook>),
) -> (Vec<String>, usize) {
    let mut yielded = Vec::new();
    for page in 1..=most {
        let mut webhooks = server.page(count, page).into_iter().map(webhook).collect();
        new(&mut webhooks);
        if webhooks.is_empty() {
            return (yielded, page);
        }
        yielded.extend(webhooks.into_iter().map(|webhook| webhook.identifier));
    }
    panic!("{server:?} of {count} does not end in {most} pages");
}

fn remembering_all(server: &Server, count: usize) -> (Vec<String>, usize) {
    let mut all = HashSet::new();
    stream(server, count, count + 2, |page| page.retain(|webhook| all.insert(webhook.identifier.clone())))
}

fn remembering_some(server: &Server, count: usize, most: usize) -> (Vec<String>, usize) {
    let mut seen = Seen::default();
    let result = stream(server, count, most, |page| seen.retain_new(page));
    // Each set exceeds its size by less than a page.
    let sets = [&seen.first, &seen.latest[0], &seen.latest[1], &seen.anchor];
    let largest = if matches!(server, Server::IgnoresPaging) { count } else { PER_PAGE };
    assert!(sets.iter().all(|set| set.len() < REMEMBERED + largest));
    result
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn a_list_that_can_be_remembered_is_yielded_as_if_all_were(server in server(), count in 0..=2 * REMEMBERED) {
        prop_assert_eq!(remembering_some(&server, count, count + 2), remembering_all(&server, count));
    }
}

/// Many more than are remembered.
const MANY: usize = 5 * REMEMBERED;

#[test]
fn a_longer_list_yields_each_once_from_neighbours_and_cycles_through_the_beginning() {
    use Server::{CyclesPages, CyclesWebhooks, IgnoresPaging, Pages, Repeats};
    for server in [Pages, IgnoresPaging, Repeats(1), Repeats(60), CyclesPages, CyclesWebhooks] {
        for count in [MANY, MANY + 1, MANY + PER_PAGE - 1] {
            let (all, pages) = remembering_all(&server, count);
            assert!(remembering_some(&server, count, pages + 1) == (all, pages), "{server:?} of {count}");
        }
    }
}

#[test]
fn any_other_cycle_ends_and_skips_none() {
    for back in [1, 2, 50, 64, 65, 100, 150, MANY / PER_PAGE - 1, MANY / PER_PAGE] {
        let server = Server::ReturnsTo(back);
        let (mut all, pages) = remembering_all(&server, MANY);
        // At most three times as many as before the first repeated page.
        let (yielded, _) = remembering_some(&server, MANY, 3 * pages);
        assert_eq!(yielded[..all.len()], all);
        let mut distinct: Vec<_> = yielded.into_iter().collect::<HashSet<_>>().into_iter().collect();
        distinct.sort_unstable();
        all.sort_unstable();
        assert!(distinct == all, "back to {back}");
    }
}

/// The sets are full exactly at the end of a page.
#[test]
fn it_remembers_less_than_a_page_more_than_there_is_room_for() {
    const SMALL: usize = REMEMBERED / 64;
    let mut seen = Seen::default();
    for number in 1..=4 * REMEMBERED / SMALL {
        let mut page = (number * SMALL..(number + 1) * SMALL).map(webhook).collect();
        seen.retain_new(&mut page);
        assert_eq!((page.len(), seen.pages()), (SMALL, number as u64));
        assert!(seen.first.len() <= REMEMBERED && seen.latest.iter().all(|set| set.len() <= REMEMBERED));
        // Once there were enough pages, one of the latest sets is full.
        assert!(number * SMALL < 2 * REMEMBERED || seen.latest.iter().any(|set| set.len() == REMEMBERED));
    }
}

#[test]
fn both_halves_of_a_fingerprint_tell_identifiers_apart() {
    let seen = Seen::default();
    let all: Vec<_> = (0..100).map(|number| seen.fingerprint(&format!("hook-{number}"))).collect();
    let distinct = |half: fn(u128) -> u128| all.iter().map(|it| half(*it)).collect::<HashSet<_>>().len();
    assert_eq!((distinct(|it| it >> 64), distinct(|it| it << 64)), (100, 100));
    assert!(all.iter().all(|it| it >> 64 != it & u128::from(u64::MAX)), "they are not the same half twice");
}

#[test]
fn a_webhook_twice_on_a_page_is_yielded_once() {
    let mut page = vec![webhook(1), webhook(2), webhook(1)];
    Seen::default().retain_new(&mut page);
    assert_eq!(page, [webhook(1), webhook(2)]);
}

#[test]
fn a_page_may_be_larger_than_what_is_remembered() {
    let mut seen = Seen::default();
    let page = |from| (from..from + 3 * REMEMBERED).map(webhook).collect::<Vec<_>>();
    for from in [0, 3 * REMEMBERED, 6 * REMEMBERED] {
        let mut new = page(from);
        seen.retain_new(&mut new);
        assert_eq!(new.len(), 3 * REMEMBERED);
        // The server repeats it.
        let mut again = page(from);
        seen.retain_new(&mut again);
        assert_eq!(again, []);
    }
}
