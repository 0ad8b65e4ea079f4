//! The pages of the documented list.

use fake_port::{FakePort, Fault, PagingFault, PastTheEnd, Unverified};
use serde_json::json;

use crate::client::Client;

async fn with_webhooks(count: usize) -> FakePort {
    let port = FakePort::builder().start().await.unwrap();
    port.seed_all((0..count).map(|n| json!({ "identifier": format!("w{n}") }))).unwrap();
    port
}

#[tokio::test]
async fn pages_cut_the_list_in_creation_order() {
    let port = with_webhooks(250).await;
    let client = Client::of(&port);
    for (query, first, count) in [
        ("", 0, 250),
        ("?anything=else", 0, 250),
        ("?page=1", 0, 100),
        ("?page=3", 200, 50),
        ("?page=4", 0, 0),
        ("?per_page=7", 0, 7),
        ("?page=36&per_page=7", 245, 5),
        ("?page=2&per_page=100", 100, 100),
        ("?page=99999999999999999999999999&per_page=100", 0, 0),
        ("?page=1&page=2&per_page=1&per_page=10", 10, 10),
        ("?page=x&page=2&per_page=5", 5, 5),
        ("?page=0002&per_page=01", 1, 1),
    ] {
        let answer = client.get(&format!("/v1/webhooks{query}")).await;
        let expected: Vec<String> = (first..first + count).map(|n| format!("w{n}")).collect();
        assert_eq!(answer.identifiers("webhooks"), expected, "{query}");
    }
}

#[tokio::test]
async fn bad_pages_name_the_parameter() {
    let port = with_webhooks(1).await;
    let client = Client::of(&port);
    let mut bad = vec![
        ("page=1&page=-1".to_owned(), "page:"),
        ("page=1&per_page=1.5".to_owned(), "per_page:"),
        ("per_page=101".to_owned(), "per_page:"),
        ("per_page=99999999999999999999999999".to_owned(), "per_page:"),
    ];
    for text in ["0", "000", "-1", "%2B1", "1.0", "", "+1", "1+", "x", "٣", "1e2"] {
        bad.extend([(format!("page={text}"), "page:"), (format!("per_page={text}"), "per_page:")]);
    }
    for (query, parameter) in bad {
        let answer = client.get(&format!("/v1/webhooks?{query}")).await;
        assert!(answer.refused(422, "validation_error").starts_with(parameter), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn page_past_the_end_is_what_the_switch_says() {
    for (past_the_end, status, body) in [
        (PastTheEnd::EmptyList, 200, json!({ "ok": true, "webhooks": [] })),
        (PastTheEnd::NotFound, 404, json!({ "ok": false, "error": "not_found", "message": "no such page" })),
        (
            PastTheEnd::Invalid,
            422,
            json!({ "ok": false, "error": "validation_error", "message": "page: must not be after the last page" }),
        ),
        (PastTheEnd::NullList, 200, json!({ "ok": true, "webhooks": null })),
        (PastTheEnd::NoList, 200, json!({ "ok": true })),
        (PastTheEnd::NoContent, 204, json!(null)),
    ] {
        let switches = Unverified { past_the_end, ..Unverified::default() };
        let port = FakePort::builder().unverified(switches).start().await.unwrap();
        let client = Client::of(&port);
        let empty = client.get("/v1/webhooks?page=1&per_page=2").await;
        assert_eq!(empty.identifiers("webhooks"), [""; 0], "the first page is there, though it is empty");
        port.seed_all((0..4).map(|n| json!({ "identifier": format!("w{n}") }))).unwrap();
        assert_eq!(client.get("/v1/webhooks?page=2&per_page=2").await.identifiers("webhooks"), ["w2", "w3"]);
        for page in ["3", "4", "99999999999999999999999999"] {
            let past = client.get(&format!("/v1/webhooks?page={page}&per_page=2")).await;
            assert_eq!((past.status, &past.body), (status, &body), "{past_the_end:?} {page}");
        }
        port.inject(Fault::paging(PagingFault::Ignored));
        let whole = client.get("/v1/webhooks?page=3&per_page=2").await;
        assert_eq!(whole.identifiers("webhooks").len(), 4, "a server that ignores pages has no end");
        assert_eq!(client.get("/v1/webhooks").await.identifiers("webhooks").len(), 4);
    }
}
