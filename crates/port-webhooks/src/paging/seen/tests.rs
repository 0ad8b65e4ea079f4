use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::json;

use super::*;

const PER_PAGE: usize = 100;

/// A server of a list of so many webhooks: what it answers to a page, from 1.
#[derive(Clone, Debug)]
enum Server {
    Pages,
    IgnoresPaging,
    /// So many items of a page are in the next one too.
    Repeats(usize),
    /// Turns in a circle, page by page or webhook by webhook.
    CyclesPages,
    CyclesWebhooks,
    /// Goes back to this page after the last.
    ComesBackTo(usize),
}

fn server() -> impl Strategy<Value = Server> {
    prop_oneof![
        Just(Server::Pages),
        Just(Server::IgnoresPaging),
        (1..PER_PAGE).prop_map(Server::Repeats),
        Just(Server::CyclesPages),
        Just(Server::CyclesWebhooks),
        (1..200_usize).prop_map(Server::ComesBackTo),
    ]
}

impl Server {
    /// The numbers of the webhooks on a page.
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
            Self::ComesBackTo(back) => {
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

/// What a stream brings, and how many pages it took. It gives up after `most` pages.
fn stream(
    server: &Server,
    count: usize,
    most: usize,
    mut new: impl FnMut(&mut Vec<Webhook>),
) -> (Vec<String>, usize) {
    let mut brought = Vec::new();
    for page in 1..=most {
        let mut webhooks = server.page(count, page).into_iter().map(webhook).collect();
        new(&mut webhooks);
        if webhooks.is_empty() {
            return (brought, page);
        }
        brought.extend(webhooks.into_iter().map(|webhook| webhook.identifier));
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
    // At most a page more than there is room for, in each.
    let sets = [&seen.first, &seen.latest[0], &seen.latest[1], &seen.anchor];
    let largest = if matches!(server, Server::IgnoresPaging) { count } else { PER_PAGE };
    assert!(sets.iter().all(|set| set.len() < REMEMBERED + largest));
    result
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn a_list_that_can_be_remembered_comes_as_if_all_were(server in server(), count in 0..=2 * REMEMBERED) {
        prop_assert_eq!(remembering_some(&server, count, count + 2), remembering_all(&server, count));
    }
}

/// Far more than is remembered.
const MANY: usize = 5 * REMEMBERED;

#[test]
fn of_a_longer_one_each_comes_once_from_neighbours_and_circles_through_the_beginning() {
    use Server::{CyclesPages, CyclesWebhooks, IgnoresPaging, Pages, Repeats};
    for server in [Pages, IgnoresPaging, Repeats(1), Repeats(60), CyclesPages, CyclesWebhooks] {
        for count in [MANY, MANY + 1, MANY + PER_PAGE - 1] {
            let (all, pages) = remembering_all(&server, count);
            assert!(remembering_some(&server, count, pages + 1) == (all, pages), "{server:?} of {count}");
        }
    }
}

#[test]
fn any_other_circle_ends_and_leaves_none_out() {
    for back in [1, 2, 50, 64, 65, 100, 150, MANY / PER_PAGE - 1, MANY / PER_PAGE] {
        let server = Server::ComesBackTo(back);
        let (mut all, pages) = remembering_all(&server, MANY);
        // At most three times as many as until the first page comes again.
        let (brought, _) = remembering_some(&server, MANY, 3 * pages);
        assert_eq!(brought[..all.len()], all);
        let mut distinct: Vec<_> = brought.into_iter().collect::<HashSet<_>>().into_iter().collect();
        distinct.sort_unstable();
        all.sort_unstable();
        assert!(distinct == all, "back to {back}");
    }
}

/// So many that the memory is full when a page is.
#[test]
fn it_remembers_less_than_a_page_more_than_there_is_room_for() {
    const SMALL: usize = REMEMBERED / 64;
    let mut seen = Seen::default();
    for number in 1..=4 * REMEMBERED / SMALL {
        let mut page = (number * SMALL..(number + 1) * SMALL).map(webhook).collect();
        seen.retain_new(&mut page);
        assert_eq!((page.len(), seen.pages()), (SMALL, number as u64));
        assert!(seen.first.len() <= REMEMBERED && seen.latest.iter().all(|set| set.len() <= REMEMBERED));
        // The neighbours of a page, as many as there is room for.
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
fn a_webhook_twice_on_a_page_comes_once() {
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
        // Stuck on the last one.
        let mut again = page(from);
        seen.retain_new(&mut again);
        assert_eq!(again, []);
    }
}
